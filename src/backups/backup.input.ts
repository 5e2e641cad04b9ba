import { Field, InputType } from '@nestjs/graphql';
import { IsEnum, IsOptional } from 'class-validator';
import { OptionalInteger } from '../common/input-fields.js';
import { BackupFrequency } from './backup.model.js';

// graphql-jit refuses variables that leave out a field of an input that has a default: the service applies it.
export const DEFAULT_KEEP = 7;

@InputType({ description: 'When to make backups, and how many to keep.' })
export class BackupScheduleInput {
  @Field(() => BackupFrequency, {
    nullable: true,
    description: 'How often, from now on; null ends the schedule, and the backups there are stay.',
  })
  @IsOptional()
  @IsEnum(BackupFrequency)
  frequency?: BackupFrequency | null;

  @OptionalInteger(`How many of them to keep; ${DEFAULT_KEEP} by default.`, { min: 1, max: 100 })
  keep?: number | null;
}
