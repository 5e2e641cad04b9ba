import { Injectable } from '@nestjs/common';
import { Cursors } from '../common/cursor.js';
import { NotFoundError } from '../common/errors.js';
import { fingerprint } from '../common/fingerprint.js';
import { connectionOf, pageOf, type Connection, type ConnectionArgs } from '../common/pagination.js';
import { uuidv7 } from '../common/uuid.js';
import { Commands } from '../database/commands.js';
import type { GraphQLContext } from '../graphql/context.js';
import type { Interaction } from '../interactions/interaction.model.js';
import type { Session } from '../sessions/session.model.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { byIdLoader } from './branch.loader.js';
import type { ForkSessionInput } from './branch.input.js';
import { MOST_IN_TREE, type SessionTree } from './branch.model.js';
import { BranchesRepository } from './branches.repository.js';

const FORK_POINTS = Symbol('fork points');
const INHERITED = Symbol('inherited interactions');

@Injectable()
export class BranchesService {
  constructor(
    private readonly repository: BranchesRepository,
    private readonly sessions: SessionsService,
    private readonly commands: Commands,
    private readonly cursors: Cursors,
  ) {}

  /** Begins a session whose history up to an interaction is that of another of the user's. */
  async fork(userId: string, { id, sessionId, atInteraction, title }: ForkSessionInput): Promise<Session> {
    const payload = { sessionId, atInteraction, title: title ?? undefined };
    const { session } = await this.commands.run({
      ...payload,
      kind: 'forkSession',
      userId,
      newSessionId: id ?? uuidv7(),
      ...(id && { sessionFingerprint: fingerprint({ kind: 'forkSession', ...payload }) }),
      wantSession: true,
    });
    return session as Session;
  }

  async tree(userId: string, id: string): Promise<SessionTree> {
    const sessions = await this.repository.tree(userId, id, MOST_IN_TREE + 1);
    if (sessions.length === 0) throw new NotFoundError('Session');
    return { sessions: sessions.slice(0, MOST_IN_TREE), truncated: sessions.length > MOST_IN_TREE };
  }

  parentOf(context: GraphQLContext, { userId, parentSessionId }: Session): Promise<Session> | null {
    return parentSessionId === null ? null : this.sessions.load(context, userId, parentSessionId);
  }

  forkPointOf(context: GraphQLContext, { userId, forkPointId }: Session): Promise<Interaction | null> | null {
    if (forkPointId === null) return null;
    return byIdLoader(context, FORK_POINTS, (ids) => this.repository.interactions(userId, ids)).load(
      forkPointId,
    );
  }

  async forksOf({ userId, id }: Session, args: ConnectionArgs): Promise<Connection<Session>> {
    const page = pageOf(args);
    const kind = `forks ${id}`;
    const position =
      page.cursor !== undefined
        ? (this.cursors.decode(kind, userId, page.cursor, page.cursorPath) as [string, string])
        : undefined;
    const rows = await this.repository.forks(userId, id, page, position);
    return connectionOf(rows, page, (fork) => this.cursors.encode(kind, userId, [fork.startedAt, fork.id]));
  }

  async inheritedCountOf(context: GraphQLContext, { userId, id }: Session): Promise<number> {
    const loader = byIdLoader(context, INHERITED, (ids) => this.repository.inherited(userId, ids));
    return (await loader.load(id))?.count ?? 0;
  }
}
