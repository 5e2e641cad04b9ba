import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { checked } from './validation.js';

const storage = getMetadataStorage();
const collectRules = storage.getTargetValidationMetadatas.bind(storage);
const known = new WeakMap<object, ReturnType<typeof collectRules>>();

/**
 * The rules of a class, which class-validator would collect anew for every value, asking of each other class whether it
 * is an ancestor: half of what checking a recorded turn takes. No rule here has groups, by which they would differ.
 */
storage.getTargetValidationMetadatas = (type, ...options) => {
  let rules = known.get(type);
  if (!rules) known.set(type, (rules = collectRules(type, ...options)));
  return rules;
};

function hasRules(type: object): boolean {
  return storage.getTargetValidationMetadatas(type as never, '', false, false).length > 0;
}

/**
 * Checks the input and argument classes that have class-validator rules; everything else passes untouched.
 * Nest's own ValidationPipe is asynchronous and copies every input through class-transformer, JSON included.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  transform(value: unknown, { metatype, type, data }: ArgumentMetadata): unknown {
    if (type === 'custom' || typeof value !== 'object' || value === null) return value;
    if (typeof metatype !== 'function' || !hasRules(metatype)) return value;
    return checked(metatype as new () => object, value, data ?? '');
  }
}
