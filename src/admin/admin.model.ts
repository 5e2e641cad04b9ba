import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { DateTimeScalar, SafeIntScalar } from '../common/scalars.js';
import { SessionType } from '../sessions/session.model.js';

const count = (description: string): PropertyDecorator => Field(() => SafeIntScalar, { description });

@ObjectType({ description: 'How many sessions there are, and what is in them.' })
export class SessionFigures {
  @count('Sessions, ended ones included.')
  sessions: number;

  @count('Those that are active: not ended, not idle beyond their timeout, not expired.')
  activeSessions: number;

  @count('Interactions.')
  interactions: number;

  @count('Messages of all roles.')
  messages: number;

  @count('Tokens (o200k_base) of what was said to models.')
  inputTokens: number;

  @count('Tokens (o200k_base) of what models answered.')
  outputTokens: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Messages of a session on average; null without sessions.',
  })
  averageMessages: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Seconds that a session lasted, or has lasted so far, on average; null without sessions.',
  })
  averageDurationSeconds: number | null;
}

@ObjectType({ description: 'Figures of the sessions of one type.' })
export class TypeFigures extends SessionFigures {
  @Field(() => SessionType, { description: 'The type.' })
  type: SessionType;
}

@ObjectType({ description: 'Figures of the sessions of one channel.' })
export class ChannelFigures extends SessionFigures {
  @Field(() => String, { nullable: true, description: 'The channel; null: sessions that name none.' })
  channel: string | null;
}

@ObjectType({ description: 'How the sessions went that have ended in the last 30 days.' })
export class RecentFigures {
  @count('Sessions.')
  sessions: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Seconds that half of them lasted at most; null without sessions.',
  })
  medianDurationSeconds: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Seconds that 95 % of them lasted at most; null without sessions.',
  })
  p95DurationSeconds: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'How many of them a user began on a day (UTC) on which there was one, on average; null without sessions.',
  })
  sessionsPerUserAndDay: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Seconds from the end of one of them to the start of the next of the same user, where they do not overlap, on ' +
      'average; null without any such two.',
  })
  averageSecondsBetween: number | null;
}

@ObjectType({ description: 'How many users there are.' })
export class UserFigures {
  @count('All users.')
  total: number;

  @count('Those with an account here.')
  accounts: number;

  @count('Those of the external issuer.')
  external: number;

  @count('Those whom bots brought and who are not linked to an account.')
  ofBots: number;
}

@ObjectType({ description: 'What a table takes up.' })
export class TableSize {
  @Field({ description: 'Name of the table.' })
  name: string;

  @count('Bytes on disk, with indexes and what is stored out of line.')
  bytes: number;
}

@ObjectType({ description: 'What the database takes up.' })
export class StorageFigures {
  @count('Bytes of the whole database on disk.')
  bytes: number;

  @Field(() => [TableSize], { description: 'The largest tables, largest first, at most 20.' })
  tables: TableSize[];
}

@ObjectType({
  description:
    'The cache of built contexts, of the process that answers, since it began; each process has its own.',
})
export class CacheFigures {
  @count('Contexts that were there already.')
  hits: number;

  @count('Contexts that had to be built.')
  misses: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Hits of all that was asked for, 0 to 1; null before the first.',
  })
  hitRate: number | null;

  @Field(() => DateTimeScalar, { description: 'When the process began.' })
  since: Date;
}

@ObjectType({ description: 'Figures of everybody, for operators.' })
export class AdminStats {
  @Field(() => DateTimeScalar, {
    description:
      'When all but the cache was counted: at most a minute ago, as it takes a pass over all sessions.',
  })
  asOf: Date;

  @Field(() => UserFigures, { description: 'Users.' })
  users: UserFigures;

  @Field(() => SessionFigures, { description: 'All sessions.' })
  total: SessionFigures;

  @Field(() => [TypeFigures], { description: 'By type, the most sessions first.' })
  byType: TypeFigures[];

  @Field(() => [ChannelFigures], { description: 'By channel, the most sessions first, at most 100.' })
  byChannel: ChannelFigures[];

  @Field(() => RecentFigures, { description: 'Sessions that have ended in the last 30 days.' })
  recent: RecentFigures;

  @Field(() => StorageFigures, { description: 'Storage.' })
  storage: StorageFigures;

  @Field(() => CacheFigures, { description: 'The cache of built contexts.' })
  contextCache: CacheFigures;
}

@ObjectType({ description: 'What a clean-up has done.' })
export class AdminCleanup {
  @Field(() => Int, {
    description: 'Sessions that idleness or expiry had ended, and that were active until now.',
  })
  endedSessions: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Sessions deleted by SESSION_RETENTION_DAYS; null when that is off.',
  })
  deletedSessions: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Changes deleted from the log by CHANGE_RETENTION_DAYS; null when that is off.',
  })
  deletedChanges: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Receipts of deletions deleted by DELETION_RECEIPT_DAYS; null when that is off.',
  })
  deletedReceipts: number | null;

  @Field(() => Int, { description: 'Expired refresh tokens that were deleted.' })
  deletedRefreshTokens: number;

  @Field(() => Int, { description: 'Expired one-time addresses of exports that were deleted.' })
  deletedExportTickets: number;

  @Field(() => Int, { description: 'Expired link codes that were deleted.' })
  deletedLinkCodes: number;

  @Field({ description: 'Whether all is done; else call again: it stops after 20 seconds.' })
  isComplete: boolean;
}
