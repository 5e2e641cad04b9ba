import { applyDecorators } from '@nestjs/common';
import { Field, Int } from '@nestjs/graphql';
import { ArrayMaxSize, IsInt, IsOptional, IsTimeZone, Matches, Max, Min, MinDate } from 'class-validator';
import { DateTimeScalar, JSONScalar } from './scalars.js';
import { IsJsonDocument, IsText, MAX_TEXT_BYTES, NotNull } from './validation.js';

interface TextLimits {
  /** In bytes of UTF-8; as long as a message by default. */
  max?: number;
  min?: 1;
}

interface Range {
  min: number;
  max: number;
}

/** What clients call things. */
export const NAME = { max: 256 };
export const CURSOR = { max: 1024 };

/** What people are called, and what they sign in with. */
export const DISPLAY_NAME = { max: 200, min: 1 as const };
export const PASSWORD = { max: 256 };

/** What sessions, and what they are made from, may have. */
export const TITLE = { max: 1024 };
export const TAG = { max: 64, min: 1 as const };
export const MAX_TAGS = 50;
export const TOKEN_LIMIT = { min: 100, max: 10_000_000 };
/** Tokens of what is remembered for an answer. */
export const TOKEN_BUDGET = { min: 200, max: 200_000 };
/** Seconds, up to 30 days. */
export const IDLE_TIMEOUT = { min: 1, max: 2_592_000 };

const JSON_LIMITS = 'A JSON object, at most 256 KiB, 32 levels.';

/** An input field for a text that must be given. The limits are said and checked. */
export function Text(description: string, { max = MAX_TEXT_BYTES, min }: TextLimits = {}): PropertyDecorator {
  return applyDecorators(
    Field(() => String, { description: `${description} ${inWords(max, min)}` }),
    IsText({ max, min }),
  );
}

/** An input field for a text that may be left out, or null. */
export function OptionalText(
  description: string,
  { max = MAX_TEXT_BYTES, min }: TextLimits = {},
): PropertyDecorator {
  return applyDecorators(
    Field(() => String, { nullable: true, description: `${description} ${inWords(max, min)}` }),
    IsOptional(),
    IsText({ max, min }),
  );
}

/** The input field for what a client calls an error, in its own terms. */
export function ErrorCode(): PropertyDecorator {
  return OptionalText('Code of the error, in your own terms.', { ...NAME, min: 1 });
}

/** An input field for a JSON object that may be left out, or null. */
export function OptionalJson(description: string): PropertyDecorator {
  return applyDecorators(
    Field(() => JSONScalar, { nullable: true, description: `${description} ${JSON_LIMITS}` }),
    IsOptional(),
    IsJsonDocument(),
  );
}

/** An input field for a whole number that is `defaultValue` when it is left out. The limits are said and checked. */
export function Integer(
  description: string,
  { min, max, defaultValue }: Range & { defaultValue: number },
): PropertyDecorator {
  return applyDecorators(
    Field(() => Int, { defaultValue, description: `${description} ${inNumbers(min, max)}` }),
    IsInt(),
    Min(min),
    Max(max),
  );
}

/** An input field for a whole number that may be left out, or (but for NotNull) null. The limits are said and checked. */
export function OptionalInteger(
  description: string,
  { min, max }: Range,
  absent: () => PropertyDecorator = IsOptional,
): PropertyDecorator {
  return applyDecorators(
    Field(() => Int, { nullable: true, description: `${description} ${inNumbers(min, max)}` }),
    absent(),
    IsInt(),
    Min(min),
    Max(max),
  );
}

/** An input field for tags that may be left out, or (but for NotNull) null. The limits are said and checked. */
export function Tags(description: string, absent: () => PropertyDecorator = IsOptional): PropertyDecorator {
  return applyDecorators(
    Field(() => [String], {
      nullable: true,
      description: `${description} At most ${MAX_TAGS} of ${TAG.max} bytes.`,
    }),
    absent(),
    ArrayMaxSize(MAX_TAGS),
    IsText(TAG, { each: true }),
  );
}

/** The input field for the time zone of a person. */
export function TimeZone(description: string): PropertyDecorator {
  return applyDecorators(
    Field(() => String, {
      nullable: true,
      description: `IANA time zone such as "Europe/Berlin"; ${description}`,
    }),
    NotNull(),
    IsTimeZone({ message: 'must be an IANA time zone' }),
    // Intl also takes offsets, whose sign PostgreSQL reads the other way round.
    Matches(/^[A-Za-z]/, { message: 'must be the name of a time zone' }),
  );
}

/** The input field for when what is made expires. */
export function ExpiresAt(): PropertyDecorator {
  return applyDecorators(
    Field(() => DateTimeScalar, {
      nullable: true,
      description: 'When it expires, a time to come; never by default.',
    }),
    IsOptional(),
    MinDate(() => new Date(), { message: 'must be in the future' }),
  );
}

function inNumbers(min: number, max: number): string {
  return `From ${min} to ${max.toLocaleString('en-US')}.`;
}

function inWords(max: number, min: number | undefined): string {
  return `${min ? 'Not empty, at' : 'At'} most ${sizeInWords(max)} of UTF-8.`;
}

function sizeInWords(bytes: number): string {
  if (bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2} MiB`;
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`;
}
