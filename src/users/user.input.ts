import { Field, InputType } from '@nestjs/graphql';
import { IsOptional, IsTimeZone, Matches } from 'class-validator';
import { IDLE_TIMEOUT, OptionalInteger } from '../common/input-fields.js';
import { IsText, NotNull } from '../common/validation.js';

@InputType({ description: 'What to change of the signed-in user. What is left out stays as it is.' })
export class UpdateMeInput {
  @Field(() => String, {
    nullable: true,
    description: 'Name to show, 1 to 200 bytes; null removes it.',
  })
  @IsOptional()
  @IsText({ min: 1, max: 200 })
  displayName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'IANA time zone such as "Europe/Berlin"; not null. An offset such as "+01:00" is none.',
  })
  @NotNull()
  @IsTimeZone({ message: 'must be an IANA time zone' })
  // Intl also takes offsets, whose sign PostgreSQL reads the other way round.
  @Matches(/^[A-Za-z]/, { message: 'must be the name of a time zone' })
  timeZone?: string;

  @OptionalInteger(
    'Seconds without activity after which new sessions end; null: the default of the server.',
    IDLE_TIMEOUT,
  )
  idleTimeoutSeconds?: number | null;
}
