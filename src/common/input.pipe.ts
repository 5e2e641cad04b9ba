import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { BadUserInputError } from './errors.js';
import { instantiate } from './validation.js';

function collect(errors: ValidationError[], path: string, fields: Record<string, string[]>): void {
  for (const { property, constraints, children } of errors) {
    const at = path ? `${path}.${property}` : property;
    const reasons = Object.values(constraints ?? {});
    if (reasons.length > 0) fields[at] = reasons.map((reason) => withoutSubject(reason, property));
    if (children?.length) collect(children, at, fields);
  }
}

/** class-validator's own messages begin with the property, which the path already names. */
function withoutSubject(reason: string, property: string): string {
  return reason.startsWith(`${property} `) ? reason.slice(property.length + 1) : reason;
}

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
    const instance = instantiate(metatype as new () => object, value);
    const errors = validateSync(instance, { forbidUnknownValues: false, stopAtFirstError: true });
    if (errors.length > 0) {
      const fields: Record<string, string[]> = {};
      collect(errors, data ?? '', fields);
      throw new BadUserInputError(fields);
    }
    return instance;
  }
}
