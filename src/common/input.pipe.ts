import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { checked } from './validation.js';

/**
 * Checks the input and argument classes that have class-validator rules; everything else passes untouched.
 * Nest's own ValidationPipe is asynchronous and copies every input through class-transformer, JSON included.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  private readonly hasRules = new Map<unknown, boolean>();

  transform(value: unknown, { metatype, type, data }: ArgumentMetadata): unknown {
    if (type === 'custom' || typeof value !== 'object' || value === null) return value;
    if (typeof metatype !== 'function' || !this.isChecked(metatype)) return value;
    return checked(metatype as new () => object, value, data ?? '');
  }

  private isChecked(metatype: object): boolean {
    let known = this.hasRules.get(metatype);
    if (known === undefined) {
      known =
        getMetadataStorage().getTargetValidationMetadatas(metatype as never, '', true, false).length > 0;
      this.hasRules.set(metatype, known);
    }
    return known;
  }
}
