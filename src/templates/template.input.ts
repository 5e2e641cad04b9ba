import { Field, InputType } from '@nestjs/graphql';
import { IsEnum, IsOptional } from 'class-validator';
import {
  NAME,
  OptionalInteger,
  OptionalJson,
  OptionalText,
  Tags,
  Text,
  TITLE,
  TOKEN_LIMIT,
} from '../common/input-fields.js';
import { OccurredAt } from '../common/occurred-at.js';
import { JSONScalar, UUIDScalar } from '../common/scalars.js';
import { IsJsonDocument, IsText, NotNull } from '../common/validation.js';
import { SessionType } from '../sessions/session.model.js';

const TEMPLATE_NAME = { ...NAME, min: 1 as const };
const SYSTEM_NOTE = { max: 64 * 1024, min: 1 as const };
const JSON_LIMITS = 'A JSON object, at most 256 KiB, 32 levels.';

@InputType({ description: 'A new template.' })
export class CreateTemplateInput {
  @Text("Its name; CONFLICT when another of the user's templates has it.", TEMPLATE_NAME)
  name: string;

  @Field(() => SessionType, {
    nullable: true,
    description: 'Type of the sessions; TEXT_CHAT by default.',
  })
  @IsOptional()
  @IsEnum(SessionType)
  type?: SessionType | null;

  @OptionalText('Title of the sessions.', TITLE)
  title?: string | null;

  @Tags('Tags of the sessions.')
  tags?: string[] | null;

  @OptionalText('What the assistant is told for the whole session.', SYSTEM_NOTE)
  systemNote?: string | null;

  @OptionalJson('State that the sessions start with.')
  state?: Record<string, unknown> | null;

  @OptionalJson('Metadata that the sessions start with.')
  metadata?: Record<string, unknown> | null;

  @OptionalInteger("Token limit of the sessions; else the server's.", TOKEN_LIMIT)
  tokenLimit?: number | null;
}

@InputType({ description: 'What to change of a template; what is left out stays.' })
export class UpdateTemplateInput {
  @Field(() => UUIDScalar, { description: 'The template.' })
  id: string;

  @Field(() => String, {
    nullable: true,
    description: "Name, 1 to 256 bytes of UTF-8; CONFLICT when another of the user's templates has it.",
  })
  @NotNull()
  @IsText(TEMPLATE_NAME)
  name?: string;

  @Field(() => SessionType, { nullable: true, description: 'Type of the sessions.' })
  @NotNull()
  @IsEnum(SessionType)
  type?: SessionType;

  @OptionalText('Title of the sessions; null removes it.', TITLE)
  title?: string | null;

  @Tags('Replaces the tags.', NotNull)
  tags?: string[];

  @OptionalText('What the assistant is told; null removes it.', SYSTEM_NOTE)
  systemNote?: string | null;

  @Field(() => JSONScalar, { nullable: true, description: `Replaces the state. ${JSON_LIMITS}` })
  @NotNull()
  @IsJsonDocument()
  state?: Record<string, unknown>;

  @Field(() => JSONScalar, { nullable: true, description: `Replaces the metadata. ${JSON_LIMITS}` })
  @NotNull()
  @IsJsonDocument()
  metadata?: Record<string, unknown>;

  @OptionalInteger("Token limit of the sessions; null: the server's.", TOKEN_LIMIT)
  tokenLimit?: number | null;
}

@InputType({ description: 'A session from a template.' })
export class StartFromTemplateInput {
  @Field(() => UUIDScalar, { description: 'The template.' })
  templateId: string;

  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'An id of your own for the session makes the call safe to repeat: the same call returns the stored session, ' +
      'another one under the same id is a CONFLICT.',
  })
  id?: string | null;

  @OptionalText('What the session is active in; "" by default.', NAME)
  scope?: string | null;

  @OptionalText("Title of the session, in place of the template's.", TITLE)
  title?: string | null;

  @OptionalText('Where it takes place.', NAME)
  channel?: string | null;

  @OccurredAt()
  occurredAt?: Date | null;
}
