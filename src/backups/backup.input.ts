import { Field, InputType, Int } from '@nestjs/graphql';
import { IsEnum, IsInt, IsOptional, Max, Min } from 'class-validator';
import { BackupFrequency } from './backup.model.js';

// graphql-jit refuses variables that leave out a field of an input that has a default: the service applies it.
export const DEFAULT_KEEP = 7;
const MOST_KEPT = 100;

@InputType({ description: 'When to make backups, and how many to keep.' })
export class BackupScheduleInput {
  @Field(() => BackupFrequency, {
    nullable: true,
    description: 'How often, from now on; null ends the schedule, and the backups there are stay.',
  })
  @IsOptional()
  @IsEnum(BackupFrequency)
  frequency?: BackupFrequency | null;

  @Field(() => Int, {
    nullable: true,
    description: `How many of them to keep, 1 to ${MOST_KEPT}; ${DEFAULT_KEEP} by default.`,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_KEPT)
  keep?: number | null;
}
