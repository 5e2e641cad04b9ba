import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTimeScalar, SafeIntScalar, UUIDScalar } from '../common/scalars.js';

export enum BackupFrequency {
  DAILY = 'DAILY',
  WEEKLY = 'WEEKLY',
}
registerEnumType(BackupFrequency, {
  name: 'BackupFrequency',
  description: 'How often backups are made.',
  valuesMap: { DAILY: { description: 'Every 24 hours.' }, WEEKLY: { description: 'Every 7 days.' } },
});

export enum BackupStatus {
  PENDING = 'PENDING',
  COMPLETED = 'COMPLETED',
  FAILED = 'FAILED',
}
registerEnumType(BackupStatus, {
  name: 'BackupStatus',
  description: 'How far a backup is.',
  valuesMap: {
    PENDING: { description: 'It is being made.' },
    COMPLETED: { description: 'It is whole, and can be restored.' },
    FAILED: { description: 'It could not be made; it is tried again for about two days.' },
  },
});

@ObjectType({
  description:
    'A copy of all of the user’s sessions outside of the database, as `GET /export?format=JSON` gives them: `GET /backups/<id>` gives it back. What is ' +
    'deleted later stays in it until it is deleted itself.',
})
export class Backup {
  @Field(() => UUIDScalar, { description: 'Identifies the backup.' })
  id: string;

  @Field(() => BackupStatus, { description: 'How far it is.' })
  status: BackupStatus;

  @Field({ description: 'Whether the schedule asked for it, and so will have it deleted one day.' })
  scheduled: boolean;

  @Field(() => DateTimeScalar, { description: 'When it was asked for.' })
  createdAt: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was whole; null until then.' })
  completedAt: string | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'Bytes of the file, compressed; null until it is whole.',
  })
  bytes: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of the file, in hexadecimal, which a restore checks; null until it is whole.',
  })
  sha256: string | null;

  @Field(() => String, { nullable: true, description: 'Why it failed; null if it did not.' })
  error: string | null;

  file: string;
}

@ObjectType({ description: 'When backups are made, and how many are kept.' })
export class BackupSchedule {
  @Field(() => BackupFrequency, { description: 'How often.' })
  frequency: BackupFrequency;

  @Field(() => Int, { description: 'How many of them are kept; older ones are deleted.' })
  keep: number;

  @Field(() => DateTimeScalar, { description: 'When the next one is due.' })
  nextAt: string;
}
