import { applyDecorators } from '@nestjs/common';
import { Field } from '@nestjs/graphql';
import { IsOptional } from 'class-validator';
import { JSONScalar } from './scalars.js';
import { IsJsonDocument, IsText, MAX_TEXT_BYTES } from './validation.js';

interface TextLimits {
  /** In bytes of UTF-8; as long as a message by default. */
  max?: number;
  min?: 1;
}

/** What clients call things. */
export const NAME = { max: 256 };

/** What sessions, and what they are made from, may have. */
export const TITLE = { max: 1024 };
export const MAX_TAGS = 50;
export const MAX_TAG_BYTES = 64;
export const TOKEN_LIMIT = { min: 100, max: 10_000_000 };

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

function inWords(max: number, min: number | undefined): string {
  return `${min ? 'Not empty, at' : 'At'} most ${sizeInWords(max)} of UTF-8.`;
}

function sizeInWords(bytes: number): string {
  if (bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2} MiB`;
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`;
}
