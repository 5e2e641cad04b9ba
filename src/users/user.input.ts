import { Field, InputType, Int } from '@nestjs/graphql';
import { IsInt, IsOptional, IsTimeZone, Matches, Max, Min } from 'class-validator';
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

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds without activity after which new sessions end, 1 to 2,592,000 (30 days); null: the default of the server.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2_592_000)
  idleTimeoutSeconds?: number | null;
}
