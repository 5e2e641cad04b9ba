import { Args, Context, Info, Int, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { CurrentViewer } from '../auth/current-viewer.decorator.js';
import { NOT_FOUND } from '../common/errors.js';
import type { Connection } from '../common/pagination.js';
import { ConnectionArgs } from '../common/pagination.js';
import { UUIDScalar } from '../common/scalars.js';
import type { GraphQLContext, Viewer } from '../graphql/context.js';
import { selectedFields, selects } from '../graphql/selection.js';
import { AFTER } from '../live/after.js';
import type { LiveStream } from '../live/live-stream.js';
import {
  CleanupSessionsArgs,
  CurrentSessionArgs,
  EndSessionInput,
  SessionInput,
  StartSessionInput,
  UpdateSessionInput,
  UpdateSessionStateInput,
} from './session.input.js';
import { outsideArchive, SessionFilterInput, SessionSortInput } from './session-filter.model.js';
import { OffsetArgs } from './session-list.input.js';
import { SessionPage } from './session-page.model.js';
import { Session, SessionChangedEvent, SessionConnection } from './session.model.js';
import { SessionsService } from './sessions.service.js';
import { SessionUpkeep } from './session-upkeep.service.js';

const ID = { type: () => UUIDScalar, description: 'The session.' } as const;
const FILTER = { nullable: true, description: 'Which ones; all that are not archived by default.' } as const;
const SORT = { nullable: true, description: 'In which order; newest start first by default.' } as const;

@Resolver(() => Session)
export class SessionsResolver {
  constructor(
    private readonly sessions: SessionsService,
    private readonly upkeep: SessionUpkeep,
  ) {}

  @Query(() => Session, {
    nullable: true,
    description: 'The active session of a scope; null when there is none or it has gone stale.',
  })
  currentSession(
    @CurrentUser() userId: string,
    @Args() { scope }: CurrentSessionArgs,
  ): Promise<Session | null> {
    return this.sessions.current(userId, scope ?? '');
  }

  @Query(() => Session, { description: `One session. ${NOT_FOUND}` })
  session(
    @CurrentUser() userId: string,
    @Args('id', ID) id: string,
    @Info() info: GraphQLResolveInfo,
    @Context() context: GraphQLContext,
  ): Promise<Session> {
    return this.sessions.select(userId, id, info, context);
  }

  @Query(() => SessionConnection, {
    name: 'sessions',
    description:
      "The user's sessions, newest start first unless sorted otherwise. A cursor is good for the same `filter` and " +
      '`sort` only, else BAD_USER_INPUT. While sessions change, those that keep their place come exactly once.',
  })
  list(
    @CurrentUser() userId: string,
    @Args() page: ConnectionArgs,
    @Info() info: GraphQLResolveInfo,
    @Args('filter', FILTER) filter?: SessionFilterInput,
    @Args('sort', SORT) sort?: SessionSortInput,
  ): Promise<Connection<Session>> {
    const excerpts = wantsExcerpts(info, 'edges', 'node');
    return this.sessions.list(userId, outsideArchive(filter), page, sort ?? undefined, excerpts);
  }

  @Query(() => SessionPage, {
    description:
      'The same list by page numbers, for those who want to leap. Unlike with cursors, what comes or goes meanwhile ' +
      'moves what is on a page.',
  })
  sessionPage(
    @CurrentUser() userId: string,
    @Args() page: OffsetArgs,
    @Info() info: GraphQLResolveInfo,
    @Args('filter', FILTER) filter?: SessionFilterInput,
    @Args('sort', SORT) sort?: SessionSortInput,
  ): Promise<SessionPage> {
    const wants = { excerpts: wantsExcerpts(info, 'sessions'), count: selects(info, 'totalCount') };
    return this.sessions.page(userId, outsideArchive(filter), page, sort ?? undefined, wants);
  }

  @Mutation(() => Session, {
    description:
      'Starts a session; the active one of the scope ends (SUPERSEDED, or MODE_CHANGED when the type differs). ' +
      'CONFLICT when another session is stored under the given id.',
  })
  startSession(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The session; all of it has defaults.' }) input: StartSessionInput,
  ): Promise<Session> {
    return this.sessions.start(viewer, input);
  }

  @Mutation(() => Session, {
    description:
      'The active session of the scope if it is fresh and of the asked type; else the stale one ends and a new one ' +
      'begins. Atomic: concurrent calls get the same session.',
  })
  getOrCreateSession(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'What is looked for, and what a new one is like.' }) input: SessionInput,
  ): Promise<Session> {
    return this.sessions.getOrCreate(viewer, input);
  }

  @Mutation(() => Session, { description: `Changes title, tags, pin, metadata or limits. ${NOT_FOUND}` })
  updateSession(
    @CurrentUser() userId: string,
    @Args('input', { description: 'What to change.' }) input: UpdateSessionInput,
  ): Promise<Session> {
    return this.sessions.update(userId, input);
  }

  @Mutation(() => Session, {
    description: `Merges a patch into the session's state. CONFLICT when its version has moved on. ${NOT_FOUND}`,
  })
  updateSessionState(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The patch and the version it was made from.' })
    input: UpdateSessionStateInput,
  ): Promise<Session> {
    return this.sessions.updateState(userId, input);
  }

  @Mutation(() => Session, {
    description:
      'Ends a session. If it had gone idle or expired before, that is the reason kept, and the time it ended. ' +
      `Ending an ended session changes nothing. ${NOT_FOUND}`,
  })
  endSession(
    @CurrentUser() userId: string,
    @Args('input', { description: 'The session, and what it was about.' }) input: EndSessionInput,
  ): Promise<Session> {
    return this.sessions.end(userId, input);
  }

  @Mutation(() => Session, {
    description:
      'Makes a past session the active one of its scope again; another active one there ends (SUPERSEDED). ' +
      `The time in between does not count as its duration. ${NOT_FOUND}`,
  })
  resumeSession(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<Session> {
    return this.sessions.resume(userId, id);
  }

  @Mutation(() => Session, {
    description:
      'Deletes all interactions of a session, for good; the session stays, counters at 0, and so do its summaries. Of its ' +
      'forks each keeps what it shares; a fork itself keeps nothing of others. `deletionReceipt` tells what went with ' +
      `them. ${NOT_FOUND}`,
  })
  clearMessages(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<Session> {
    return this.sessions.clearMessages(userId, id);
  }

  @Mutation(() => UUIDScalar, {
    description:
      'Deletes a session and everything in it, for good, but for what its forks share, which passes to one of them; ' +
      `returns its id, by which \`deletionReceipt\` tells what went with it. ${NOT_FOUND}`,
  })
  deleteSession(@CurrentUser() userId: string, @Args('id', ID) id: string): Promise<string> {
    return this.sessions.delete(userId, id);
  }

  @Mutation(() => Int, {
    description:
      "Deletes the user's ended, unpinned sessions of some age, for good; returns how many. `deletionReceipts` tells of " +
      'each what went with it.',
  })
  cleanupSessions(
    @CurrentUser() userId: string,
    @Args() { endedDaysAgo }: CleanupSessionsArgs,
  ): Promise<number> {
    return this.upkeep.cleanUp(userId, endedDaysAgo);
  }

  @Subscription(() => SessionChangedEvent, {
    description:
      'Sessions as they start, change, end, resume, are cleared or deleted. Counters that move with each interaction ' +
      'are told by `interactionAdded`. With `after`, first everything since that revision, in order, then live.',
  })
  sessionChanged(
    @CurrentUser() userId: string,
    @Args('after', AFTER) after?: number | null,
  ): Promise<LiveStream<SessionChangedEvent>> {
    return this.sessions.watch(userId, after ?? undefined);
  }
}

/** Whether the first or last message of sessions is selected, which are read with them. */
function wantsExcerpts(info: GraphQLResolveInfo, ...path: string[]): boolean {
  const fields = selectedFields(info, ...path);
  return fields.has('preview') || fields.has('lastMessage');
}
