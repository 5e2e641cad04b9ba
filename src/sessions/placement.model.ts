import { Field, InputType } from '@nestjs/graphql';
import { IsEnum, IsOptional } from 'class-validator';
import { NAME, OptionalText } from '../common/input-fields.js';
import { UUIDScalar } from '../common/scalars.js';
import { SessionType } from './session.model.js';

/** Where a turn goes. */
@InputType({ isAbstract: true })
export abstract class PlacementInput {
  @Field(() => UUIDScalar, {
    nullable: true,
    description:
      'The session; one that has ended is resumed. Left out: get-or-create in `scope`. NOT_FOUND when there is none.',
  })
  sessionId?: string | null;

  @OptionalText('Scope to get or create the session in; "" by default. Not together with `sessionId`.', NAME)
  scope?: string | null;

  @Field(() => SessionType, {
    nullable: true,
    description:
      'Type of the session to get or create: another type than the active one begins a new session. Left out: ' +
      'whatever is active. Not together with `sessionId`.',
  })
  @IsOptional()
  @IsEnum(SessionType)
  sessionType?: SessionType | null;

  @OptionalText('Channel of a session that is created.', NAME)
  channel?: string | null;
}
