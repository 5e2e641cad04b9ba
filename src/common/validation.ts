import 'reflect-metadata';
import {
  isEmail,
  registerDecorator,
  ValidateIf,
  ValidateNested,
  validateSync,
  type ValidationError,
  type ValidationOptions,
} from 'class-validator';
import { BadUserInputError } from './errors.js';

/** Longest text of one message, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 1024 * 1024;
/** Largest JSON document, in bytes as it is stored. */
export const MAX_JSON_BYTES = 256 * 1024;
/** Deepest nesting of a JSON document: objects and arrays within each other. */
export const MAX_JSON_DEPTH = 32;

/** Why PostgreSQL could not store the text exactly, if so. */
function flawOfText(value: string): string | undefined {
  if (value.includes('\0')) return 'must not contain NUL characters';
  if (!value.isWellFormed()) return 'must be well-formed Unicode without lone surrogates';
  return undefined;
}

/** Why the text is refused; undefined when it is fine. */
export function textReason(value: unknown, max: number, min = 0): string | undefined {
  if (typeof value !== 'string') return 'must be text';
  if (value.length < min) return min === 1 ? 'must not be empty' : `must have at least ${min} characters`;
  // A UTF-16 unit takes at most three bytes, so most texts need no counting.
  if (value.length > max || (value.length * 3 > max && Buffer.byteLength(value) > max)) {
    return `must be at most ${max} bytes of UTF-8`;
  }
  return flawOfText(value);
}

function flawOfJson(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return flawOfText(value);
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : 'must contain finite numbers only';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_JSON_DEPTH) return `must not be nested deeper than ${MAX_JSON_DEPTH}`;
  if (Array.isArray(value)) {
    for (const item of value) {
      const flaw = flawOfJson(item, depth + 1);
      if (flaw) return flaw;
    }
    return undefined;
  }
  for (const [key, item] of Object.entries(value)) {
    const flaw = flawOfText(key) ?? flawOfJson(item, depth + 1);
    if (flaw) return flaw;
  }
  return undefined;
}

/** Why the JSON object is refused, which may take so many bytes; undefined when it is fine. */
export function jsonReason(value: unknown, max = MAX_JSON_BYTES): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be a JSON object';
  // Depth first: JSON.stringify would exhaust the stack on what this refuses.
  return (
    flawOfJson(value, 0) ??
    (Buffer.byteLength(JSON.stringify(value)) > max ? `must be at most ${max} bytes as JSON` : undefined)
  );
}

/** A class-validator decorator from a function that gives the reason for a refusal. */
function refuseBy(name: string, reason: (value: unknown) => string | undefined, options?: ValidationOptions) {
  return (target: object, propertyName: string | symbol): void => {
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(propertyName),
      options,
      validator: {
        validate: (value) => reason(value) === undefined,
        defaultMessage: (context) => {
          const value: unknown = context?.value;
          const values: unknown[] = options?.each && Array.isArray(value) ? value : [value];
          return values.map(reason).find((text) => text !== undefined) ?? 'is not valid';
        },
      },
    });
  };
}

/** Text that PostgreSQL stores exactly: no NUL, no lone surrogate, at most `max` bytes of UTF-8. */
export function IsText(
  limits: { max: number; min?: number },
  options?: ValidationOptions,
): PropertyDecorator {
  return refuseBy('isText', (value) => textReason(value, limits.max, limits.min), options);
}

/** Why it is no address that an account can have. */
function emailReason(value: unknown): string | undefined {
  const reason = textReason(value, 254); // before the library, which throws at a lone surrogate
  if (reason !== undefined) return reason;
  // eslint-disable-next-line no-control-regex -- all of ASCII
  if (!/^[\x00-\x7f]*$/.test(value as string)) return 'must be ASCII';
  return isEmail(value, { allow_utf8_local_part: false }) ? undefined : 'must be an e-mail address';
}

/** The e-mail address of an account: ASCII, at most 254 bytes. */
export function IsEmailAddress(): PropertyDecorator {
  return refuseBy('isEmailAddress', emailReason);
}

/** A JSON object within {@link MAX_JSON_BYTES} and {@link MAX_JSON_DEPTH} whose every text PostgreSQL can store. */
export function IsJsonDocument(): PropertyDecorator {
  return refuseBy('isJsonDocument', (value) => jsonReason(value));
}

/** May be left out, must not be null: `@IsOptional` lets null through to columns that refuse it. */
export function NotNull(): PropertyDecorator {
  const whenGiven = ValidateIf((_, value) => value !== undefined);
  const refuse = refuseBy('notNull', (value) => (value === null ? 'must not be null' : undefined));
  return (target, property) => {
    whenGiven(target, property);
    refuse(target, String(property));
  };
}

type Class<T extends object = object> = new () => T;

const nestedTypes = new Map<unknown, Map<string, () => Class>>();

/** An input, or a list of inputs, within an input: `type` names its class. */
export function Nested(type: () => Class): PropertyDecorator {
  return (target, property) => {
    const ofClass = nestedTypes.get(target.constructor) ?? new Map<string, () => Class>();
    nestedTypes.set(target.constructor, ofClass.set(String(property), type));
    ValidateNested()(target, property);
  };
}

/** The input as an instance of its class. Throws BadUserInputError with what its rules refuse, by path. */
export function checked<T extends object>(type: Class<T>, value: object, path: string): T {
  const instance = instantiate(type, value);
  const errors = validateSync(instance, { forbidUnknownValues: false, stopAtFirstError: true });
  if (errors.length > 0) {
    const fields: Record<string, string[]> = {};
    collect(errors, path, fields);
    throw new BadUserInputError(fields);
  }
  return instance;
}

function collect(errors: ValidationError[], path: string, fields: Record<string, string[]>): void {
  for (const { property, constraints, children } of errors) {
    const at = path ? `${path}.${property}` : property;
    const reasons = Object.values(constraints ?? {});
    if (reasons.length > 0) fields[at] = reasons.map((reason) => withoutSubject(reason, property));
    if (children?.length) collect(children, at, fields);
  }
}

/** class-validator's own messages name the property, which the path already does. */
function withoutSubject(reason: string, property: string): string {
  const short = reason
    .replace(`each value in ${property} `, 'each ')
    .replace(`All ${property}'s elements must be unique`, 'must all be different');
  return short.startsWith(`${property} `) ? short.slice(property.length + 1) : short;
}

/**
 * The class's instance of a plain input, which class-validator needs. Copies no deeper than the classes go, so a
 * JSON field stays the value that was sent (class-transformer walks it, as deep as a caller likes).
 */
function instantiate<T extends object>(type: Class<T>, value: object): T {
  const instance = Object.assign(new type(), value) as T & Record<string, unknown>;
  for (let owner: unknown = type; typeof owner === 'function'; owner = Object.getPrototypeOf(owner)) {
    for (const [property, nested] of nestedTypes.get(owner) ?? []) {
      const inner = instance[property];
      if (typeof inner !== 'object' || inner === null) continue;
      const build = (item: unknown) =>
        typeof item === 'object' && item !== null ? instantiate(nested(), item) : item;
      (instance as Record<string, unknown>)[property] = Array.isArray(inner)
        ? inner.map(build)
        : build(inner);
    }
  }
  return instance;
}
