import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { NotFoundError } from '../common/errors.js';
import { digestOf, newToken } from '../common/secret-tokens.js';
import { uuidv7 } from '../common/uuid.js';
import { Commands } from '../database/commands.js';
import { InteractionsService } from '../interactions/interactions.service.js';
import type { LiveStream } from '../live/live-stream.js';
import { ProgressService } from '../progress/progress.service.js';
import type { Session } from '../sessions/session.model.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import { ExportProgress } from './export-progress.js';
import type { ExportInput } from './export.input.js';
import type { Export, ExportTicket } from './export.model.js';
import { ExportRepository, type Claimed, type Place } from './export.repository.js';
import { formats } from './formats.js';
import type { Writer } from './writer.js';

const TICKET_SECONDS = 300;
/** A page of these is all that is ever in memory. */
const SESSIONS = 20;
const INTERACTIONS = 100;
const USAGE = 500;
const START: Place = { startedAt: '-infinity', id: NIL };

@Injectable()
export class ExportService {
  constructor(
    private readonly repository: ExportRepository,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly interactions: InteractionsService,
    private readonly progress: ProgressService,
    private readonly commands: Commands,
  ) {}

  async createTicket(userId: string, request: ExportInput): Promise<ExportTicket> {
    await this.demand(userId, request);
    const id = uuidv7();
    const ticket = newToken();
    const expiresAt = await this.repository.keep(userId, id, digestOf(ticket), request, TICKET_SECONDS);
    return { id, path: `/export/${ticket}`, expiresAt };
  }

  /** Whose export a ticket is for, and of what. Throws NOT_FOUND when it is unknown, used or expired. */
  async claim(ticket: string): Promise<Claimed> {
    const claimed = await this.repository.claim(digestOf(ticket));
    if (!claimed) throw new NotFoundError('Export');
    return claimed;
  }

  /** Drops the exports of everybody that have expired; returns how many. */
  dropExpiredTickets(): Promise<number> {
    return this.repository.sweep();
  }

  async get(userId: string, id: string): Promise<Export> {
    const found = await this.repository.byId(userId, id);
    if (!found) throw new NotFoundError('Export');
    return found;
  }

  async watch(userId: string, id: string): Promise<LiveStream<Export>> {
    await this.get(userId, id);
    return this.progress.watch(userId, 'exportProgressed', () => this.repository.byId(userId, id));
  }

  /**
   * The export in pieces, in the order of the sessions and of the log. Throws NOT_FOUND before the first piece. `id`
   * names the export whose progress is told.
   */
  async open(userId: string, request: ExportInput, id?: string): Promise<AsyncIterable<string>> {
    const { after, ids } = await this.demand(userId, request);
    const progress = id === undefined ? undefined : new ExportProgress(this.commands, userId, id);
    progress?.expect(await this.repository.totals(userId, ids, after));
    const pieces = this.pieces(userId, request, { after, ids }, progress);
    return progress ? progress.of(pieces) : pieces;
  }

  private async *pieces(
    userId: string,
    { format }: ExportInput,
    { after, ids }: Selection,
    progress: ExportProgress | undefined,
  ): AsyncGenerator<string> {
    const user = await this.users.read(userId);
    const form = formats[format];
    const writer = form.writer();
    yield writer.begin(user);
    if (form.isWhole && !ids)
      yield* listOf(writer, 'forgottenFacts', [await this.repository.forgottenFacts(userId)]);
    yield writer.beginList('sessions');
    for await (const session of ids ? this.named(userId, ids) : this.all(userId, after)) {
      yield writer.beginSession(session);
      for await (const page of this.turns(userId, session.id)) {
        yield writer.turns(
          page.map((turn) => ({ interaction: turn, messages: this.interactions.messagesIn(turn) })),
        );
        progress?.interactions(page.length);
      }
      yield writer.endSession();
      progress?.session();
    }
    yield writer.endList();
    if (form.isWhole && !ids) yield* listOf(writer, 'facts', [await this.repository.facts(userId)]);
    if (form.isWhole) yield* listOf(writer, 'usage', this.usage(userId, ids));
    yield writer.end();
  }

  private async *turns(userId: string, sessionId: string) {
    let after = 0;
    for (;;) {
      const page = await this.repository.interactions(userId, sessionId, after, INTERACTIONS);
      if (page.length === 0) return;
      yield page;
      after = page.at(-1)!.sequence;
    }
  }

  /** Oldest first. */
  private async *all(userId: string, after: Place): AsyncGenerator<Session> {
    for (;;) {
      const page = await this.repository.sessionsAfter(userId, after, SESSIONS);
      if (page.length === 0) return;
      yield* page;
      after = page.at(-1)!;
    }
  }

  /** One that is deleted meanwhile is left out. */
  private async *named(userId: string, ids: readonly string[]): AsyncGenerator<Session> {
    for (let start = 0; start < ids.length; start += SESSIONS) {
      yield* await this.repository.sessionsNamed(userId, ids.slice(start, start + SESSIONS));
    }
  }

  private async *usage(userId: string, ids: readonly string[] | null): AsyncGenerator<object[]> {
    let after: { at: string; id: string } = { at: '-infinity', id: NIL };
    for (;;) {
      const page = await this.repository.usage(userId, after, ids, USAGE);
      if (page.length === 0) return;
      yield page;
      after = page.at(-1)!;
    }
  }

  /** What is to be exported. Throws NOT_FOUND when a session of it does not exist. */
  private async demand(userId: string, { sessionIds, afterSessionId }: ExportInput): Promise<Selection> {
    const ids = sessionIds ?? null;
    for (let start = 0; ids && start < ids.length; start += SESSIONS) {
      const page = ids.slice(start, start + SESSIONS);
      if ((await this.sessions.find(userId, page)).length < page.length) throw new NotFoundError('Session');
    }
    if (!afterSessionId) return { after: START, ids };
    const after =
      ids && !ids.includes(afterSessionId) ? null : await this.repository.place(userId, afterSessionId);
    if (!after) throw new NotFoundError('Session');
    return ids ? { after: START, ids: ids.slice(ids.indexOf(afterSessionId) + 1) } : { after, ids };
  }
}

/** The given sessions, or without them all after a place. */
interface Selection {
  after: Place;
  ids: string[] | null;
}

async function* listOf(
  writer: Writer,
  name: string,
  pages: Iterable<object[]> | AsyncIterable<object[]>,
): AsyncGenerator<string> {
  yield writer.beginList(name);
  for await (const page of pages) yield writer.rows(page);
  yield writer.endList();
}
