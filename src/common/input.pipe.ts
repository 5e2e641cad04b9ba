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
    const instance = instantiate(metatype as new () => object, value);
    const errors = validateSync(instance, { forbidUnknownValues: false, stopAtFirstError: true });
    if (errors.length > 0) {
      const fields: Record<string, string[]> = {};
      collect(errors, data ?? '', fields);
      throw new BadUserInputError(fields);
    }
    return instance;
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
