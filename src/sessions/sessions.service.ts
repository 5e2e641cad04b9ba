import { Injectable } from '@nestjs/common';
import type { GraphQLResolveInfo } from 'graphql';
import { Cursors } from '../common/cursor.js';
import { NotFoundError } from '../common/errors.js';
import { fingerprint } from '../common/fingerprint.js';
import { connectionOf, pageOf, type Connection, type ConnectionArgs } from '../common/pagination.js';
import { uuidv7 } from '../common/uuid.js';
import { Commands, type Command, type Outcome } from '../database/commands.js';
import type { GraphQLContext, Viewer } from '../graphql/context.js';
import { LiveService } from '../live/live.service.js';
import type { LiveStream } from '../live/live-stream.js';
import { placeOf } from './conversation.js';
import type {
  EndSessionInput,
  SessionInput,
  StartSessionInput,
  UpdateSessionInput,
  UpdateSessionStateInput,
} from './session.input.js';
import {
  SessionSort,
  SortDirection,
  type SessionFilterInput,
  type SessionSortInput,
} from './session-filter.model.js';
import type { OffsetArgs } from './session-list.input.js';
import { SessionListRepository, type ListRequest } from './session-list.repository.js';
import type { Session, SessionChangedEvent } from './session.model.js';
import type { SessionPage } from './session-page.model.js';
import { sessionChanged } from './session-changed.js';
import { sessionLoader } from './session.loader.js';
import { isSimple, SessionsRepository } from './sessions.repository.js';

const BY_START: SessionSortInput = { by: SessionSort.STARTED };

type SelectedHook = (
  userId: string,
  sessionId: string,
  info: GraphQLResolveInfo,
  context: GraphQLContext,
) => void;

@Injectable()
export class SessionsService {
  private readonly selectedHooks: SelectedHook[] = [];

  constructor(
    private readonly repository: SessionsRepository,
    private readonly lists: SessionListRepository,
    private readonly commands: Commands,
    private readonly cursors: Cursors,
    private readonly live: LiveService,
  ) {}

  async get(userId: string, id: string): Promise<Session> {
    const [session] = await this.repository.byIds(userId, [id]);
    if (!session) throw new NotFoundError('Session');
    return session;
  }

  /** Those of the sessions that exist, in no order. */
  find(userId: string, ids: readonly string[]): Promise<Session[]> {
    return this.repository.byIds(userId, ids);
  }

  /** The scope beyond which nothing is remembered in the session, because others are there; null when nobody is. */
  async groupScope(userId: string, id: string): Promise<string | null> {
    const scope = await this.repository.groupScope(userId, id);
    if (scope === undefined) throw new NotFoundError('Session');
    return scope;
  }

  /** The session that a client selects fields of. */
  select(userId: string, id: string, info: GraphQLResolveInfo, context: GraphQLContext): Promise<Session> {
    for (const hook of this.selectedHooks) hook(userId, id, info, context);
    return this.get(userId, id);
  }

  /**
   * Lets another feature start to read what a client selects under a session at the moment the session itself is
   * read, so that both travel to PostgreSQL in one flush.
   */
  onSelected(hook: SelectedHook): void {
    this.selectedHooks.push(hook);
  }

  /** Like get(), but all that one tick of a request asks for is one statement. */
  load(context: GraphQLContext, userId: string, id: string): Promise<Session> {
    return sessionLoader(context, (ids) => this.repository.byIds(userId, ids)).load(id);
  }

  current(userId: string, scope: string): Promise<Session | null> {
    return this.repository.current(userId, scope);
  }

  /** Those that the filter lets through; with `excerpts`, their first and last messages too. */
  async list(
    userId: string,
    filter: SessionFilterInput,
    args: ConnectionArgs,
    order: SessionSortInput = BY_START,
    excerpts = false,
  ): Promise<Connection<Session>> {
    const page = pageOf(args);
    const request = requestOf(filter, order, excerpts);
    const kind = cursorKind(request);
    const position =
      page.cursor !== undefined
        ? (this.cursors.decode(kind, userId, page.cursor, page.cursorPath) as [string, string])
        : undefined;
    const isPlain = request.sort === SessionSort.STARTED && !request.isAscending && !excerpts;
    if (isPlain && isSimple(filter)) {
      const rows = await this.repository.page(userId, filter, page, position);
      return connectionOf(rows, page, ({ startedAt, id }) =>
        this.cursors.encode(kind, userId, [startedAt, id]),
      );
    }
    const rows = await this.lists.page(userId, request, page, position, 0);
    return connectionOf(rows, page, ({ place, id }) => this.cursors.encode(kind, userId, [place, id]));
  }

  /** The same list by numbers, which move when sessions come and go. The count is null where it is not wanted. */
  async page(
    userId: string,
    filter: SessionFilterInput,
    { offset, limit }: OffsetArgs,
    order: SessionSortInput = BY_START,
    wants: { excerpts: boolean; count: boolean },
  ): Promise<SessionPage> {
    const request = requestOf(filter, order, wants.excerpts);
    const [rows, totalCount] = await Promise.all([
      this.lists.page(userId, request, { limit, backward: false }, undefined, offset),
      wants.count ? this.lists.count(userId, filter) : null,
    ]);
    return { sessions: rows.slice(0, limit), totalCount, hasMore: rows.length > limit };
  }

  /** The ids of all that the filter lets through, in no order. */
  idsOf(userId: string, filter: SessionFilterInput): Promise<string[]> {
    return this.lists.ids(userId, filter);
  }

  async start(viewer: Viewer, input: StartSessionInput): Promise<Session> {
    return sessionOf(await this.commands.run(this.startCommand(viewer, input)));
  }

  /** The command that starts a session, for those who start it from something: `basis` says from what. */
  startCommand({ userId, key }: Viewer, { id, ...input }: StartSessionInput, basis: object = {}): Command {
    const settings = { ...creation(input, key?.identity), ...basis };
    return {
      kind: 'startSession',
      userId,
      wantSession: true,
      newSessionId: id ?? uuidv7(),
      ...settings,
      ...(id && { sessionFingerprint: fingerprint(settings) }),
    };
  }

  getOrCreate({ userId, key }: Viewer, input: SessionInput): Promise<Session> {
    return this.change('getOrCreateSession', userId, creation(input, key?.identity));
  }

  update(userId: string, { id, ...changes }: UpdateSessionInput): Promise<Session> {
    return this.change('updateSession', userId, { sessionId: id, ...changes });
  }

  updateState(userId: string, { id, ...change }: UpdateSessionStateInput): Promise<Session> {
    return this.change('updateSessionState', userId, { sessionId: id, ...change });
  }

  end(userId: string, { id, ...end }: EndSessionInput): Promise<Session> {
    return this.change('endSession', userId, { sessionId: id, ...withoutNulls(end) });
  }

  resume(userId: string, id: string): Promise<Session> {
    return this.change('resumeSession', userId, { sessionId: id });
  }

  async clearMessages(userId: string, id: string): Promise<Session> {
    return sessionOf(
      await this.commands.runLong({ kind: 'clearMessages', userId, sessionId: id, wantSession: true }),
    );
  }

  async delete(userId: string, id: string): Promise<string> {
    await this.commands.runLong({ kind: 'deleteSession', userId, sessionId: id });
    return id;
  }

  /** Sessions as they start, change, end and go. */
  watch(userId: string, after: number | undefined): Promise<LiveStream<SessionChangedEvent>> {
    return this.live.subscribe(userId, after, sessionChanged, 'sessionChanged');
  }

  private async change(kind: string, userId: string, payload: object): Promise<Session> {
    const outcome = await this.commands.run({
      newSessionId: uuidv7(),
      ...payload,
      kind,
      userId,
      wantSession: true,
    });
    return sessionOf(outcome);
  }
}

function sessionOf({ session }: Outcome): Session {
  if (!session) throw new Error('The command returned no session.');
  return session as Session;
}

/** What create_session() reads. The session's own metadata has a name apart from an interaction's. */
function creation({ metadata, ...input }: SessionInput, identity: string | undefined): Partial<Command> {
  return withoutNulls({ ...input, ...placeOf(input, identity), sessionMetadata: metadata });
}

/** In a create, null means the same as leaving out. */
function withoutNulls(input: object): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value != null));
}

function requestOf(
  filter: SessionFilterInput,
  { by: sort, direction }: SessionSortInput,
  excerpts: boolean,
): ListRequest {
  const usual = sort === SessionSort.TITLE ? SortDirection.ASC : SortDirection.DESC;
  return { sort, isAscending: (direction ?? usual) === SortDirection.ASC, filter, excerpts };
}

/** A cursor is a place in the list that it came from: with another order or filter it is refused. */
function cursorKind({ sort, isAscending, filter }: ListRequest): string {
  return `sessions ${sort} ${isAscending} ${fingerprint(filter)}`;
}
