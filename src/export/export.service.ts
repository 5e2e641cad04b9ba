import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/errors.js';
import { InteractionsService } from '../interactions/interactions.service.js';
import type { Session } from '../sessions/session.model.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import type { ExportInput } from './export.input.js';
import type { ExportTicket } from './export.model.js';
import { ExportRepository } from './export.repository.js';
import { formats, type Turn, type Writer } from './formats.js';

const TICKET_SECONDS = 300;
/** A page of these is all that is ever in memory. */
const SESSIONS = 20;
const INTERACTIONS = 100;

@Injectable()
export class ExportService {
  constructor(
    private readonly repository: ExportRepository,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly interactions: InteractionsService,
  ) {}

  async createTicket(userId: string, request: ExportInput): Promise<ExportTicket> {
    await this.demandSessions(userId, request.sessionIds ?? []);
    const ticket = randomBytes(32).toString('base64url');
    const expiresAt = await this.repository.keep(userId, digestOf(ticket), request, TICKET_SECONDS);
    return { path: `/export/${ticket}`, expiresAt };
  }

  /** Whose export a ticket is for, and of what. Throws NOT_FOUND when it is unknown, used or expired. */
  async claim(ticket: string): Promise<{ userId: string; request: ExportInput }> {
    const claimed = await this.repository.claim(digestOf(ticket));
    if (!claimed) throw new NotFoundError('Export');
    return claimed;
  }

  /** Drops the tickets of everybody that have expired; returns how many. */
  dropExpiredTickets(): Promise<number> {
    return this.repository.sweep();
  }

  /** The export in pieces, in the order of the sessions and of the log. Throws NOT_FOUND before the first piece. */
  async open(userId: string, { format, sessionIds }: ExportInput): Promise<AsyncIterable<string>> {
    await this.demandSessions(userId, sessionIds ?? []);
    const user = await this.users.read(userId);
    const writer = formats[format].writer();
    const sessions = sessionIds ? this.named(userId, sessionIds) : this.all(userId);
    const write = async function* (this: ExportService) {
      yield writer.begin(user);
      for await (const session of sessions) yield* this.write(userId, session, writer);
      yield writer.end();
    };
    return write.call(this);
  }

  private async *write(userId: string, session: Session, writer: Writer): AsyncGenerator<string> {
    yield writer.beginSession(session);
    for await (const turns of this.turns(userId, session.id)) yield writer.turns(turns);
    yield writer.endSession();
  }

  private async *turns(userId: string, sessionId: string): AsyncGenerator<Turn[]> {
    let after: string | null | undefined;
    for (;;) {
      const { edges, pageInfo } = await this.interactions.ofSession(userId, sessionId, {
        first: INTERACTIONS,
        after,
      });
      yield edges.map(({ node: interaction }) => ({
        interaction,
        messages: this.interactions.messagesIn(interaction),
      }));
      if (!pageInfo.hasNextPage) return;
      after = pageInfo.endCursor;
    }
  }

  /** Oldest first: the list of sessions is read from its end. */
  private async *all(userId: string): AsyncGenerator<Session> {
    let before: string | null | undefined;
    for (;;) {
      const { edges, pageInfo } = await this.sessions.list(userId, {}, { last: SESSIONS, before });
      yield* edges.map(({ node }) => node).reverse();
      if (!pageInfo.hasPreviousPage) return;
      before = pageInfo.startCursor;
    }
  }

  /** One that is deleted meanwhile is left out. */
  private async *named(userId: string, ids: readonly string[]): AsyncGenerator<Session> {
    for (const id of ids) {
      const [session] = await this.sessions.find(userId, [id]);
      if (session) yield session;
    }
  }

  private async demandSessions(userId: string, ids: readonly string[]): Promise<void> {
    for (let start = 0; start < ids.length; start += SESSIONS) {
      const page = ids.slice(start, start + SESSIONS);
      if ((await this.sessions.find(userId, page)).length < page.length) throw new NotFoundError('Session');
    }
  }
}

const digestOf = (ticket: string): Buffer => createHash('sha256').update(ticket).digest();
