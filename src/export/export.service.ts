import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { NotFoundError, UnavailableError } from '../common/errors.js';
import { digestOf, newToken } from '../common/secret-tokens.js';
import { uuidv7 } from '../common/uuid.js';
import { Commands } from '../database/commands.js';
import { InteractionsService } from '../interactions/interactions.service.js';
import type { LiveStream } from '../live/live-stream.js';
import { ProgressService } from '../progress/progress.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import { AccountExportRepository } from './account-export.repository.js';
import { ancestorsFirst } from './ancestors-first.js';
import { ExportProgress } from './export-progress.js';
import type { ExportInput } from './export.input.js';
import type { Export, ExportTicket } from './export.model.js';
import {
  ExportRepository,
  type Claimed,
  type ExportedSession,
  type Needs,
  type Place,
  type Selection,
} from './export.repository.js';
import { formats } from './formats.js';
import type { Writer } from './writer.js';

const TICKET_SECONDS = 300;
/** A page of these is all that is ever in memory. */
const SESSIONS = 20;
const INTERACTIONS = 100;
const ROWS = 500;
const START: Place = { startedAt: '-infinity', id: NIL };

@Injectable()
export class ExportService {
  constructor(
    private readonly repository: ExportRepository,
    private readonly account: AccountExportRepository,
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
    return this.progress.watch(userId, 'exportProgressed', id, () => this.repository.byId(userId, id));
  }

  /**
   * The export in pieces, in the order of the sessions and of the log. Throws NOT_FOUND before the first piece. `id`
   * names the export whose progress is told.
   */
  async open(userId: string, request: ExportInput, id?: string): Promise<AsyncIterable<string>> {
    const selection = await this.demand(userId, request);
    const progress = id === undefined ? undefined : new ExportProgress(this.commands, userId, id);
    const { isEachWhole = false } = formats[request.format];
    progress?.expect(await this.repository.totals(userId, selection, isEachWhole));
    const pieces = this.pieces(userId, request, selection, progress);
    return progress ? progress.of(pieces) : pieces;
  }

  private async *pieces(
    userId: string,
    { format }: ExportInput,
    selection: Selection,
    progress: ExportProgress | undefined,
  ): AsyncGenerator<string> {
    const user = await this.users.read(userId);
    const form = formats[format];
    const { isWhole, isEachWhole = false } = form;
    const writer = form.writer();
    const { ids, held } = selection;
    yield writer.begin({ ...user, backupSchedule: await this.account.backupSchedule(userId) });
    if (isWhole && !ids) {
      yield* listOf(writer, 'templates', [await this.account.templates(userId)]);
      yield* listOf(writer, 'forgottenFacts', [await this.account.forgottenFacts(userId)]);
    }
    yield writer.beginList('sessions');
    for await (const { inherited, ...session } of this.sessionsOf(userId, selection)) {
      const isHeld = ({ sessionId }: { sessionId: string }) => held?.includes(sessionId) ?? true;
      const elsewhere = inherited.filter((one) => isEachWhole || !isHeld(one));
      yield writer.beginSession({ ...session, inherited: inherited.filter(isHeld) });
      for await (const page of this.turns(userId, session.id, elsewhere)) {
        yield writer.turns(
          page.map((turn) => ({ interaction: turn, messages: this.interactions.messagesIn(turn) })),
        );
        progress?.interactions(page.length);
      }
      yield writer.endSession();
      progress?.session();
    }
    yield writer.endList();
    if (isWhole && !ids) yield* listOf(writer, 'facts', [await this.account.facts(userId)]);
    if (isWhole) {
      yield* listOf(writer, 'usage', this.usage(userId, ids));
      yield* listOf(writer, 'shares', this.shares(userId, ids));
    }
    if (isWhole && !ids) {
      yield* listOf(writer, 'identities', [await this.account.identities(userId)]);
      yield* listOf(writer, 'serviceKeys', [await this.account.serviceKeys(userId)]);
    }
    yield writer.end();
  }

  /** Its own, and those that it has of sessions which are not in the file. */
  private async *turns(userId: string, sessionId: string, elsewhere: ExportedSession['inherited']) {
    const parts = [sessionId, ...elsewhere.map((one) => one.sessionId)];
    let after = 0;
    for (;;) {
      const page = await this.repository.interactions(userId, sessionId, parts, after, INTERACTIONS);
      if (page.length === 0) return;
      yield page;
      after = page.at(-1)!.sequence;
    }
  }

  private async *sessionsOf(
    userId: string,
    { after, rest, ids }: Selection,
  ): AsyncGenerator<ExportedSession> {
    yield* this.together(userId, ids ?? rest);
    if (ids) return;
    for (let place = after; ;) {
      const lines = await this.repository.lines(userId, place, SESSIONS);
      if (lines.length === 0) return;
      yield* this.together(
        userId,
        lines.flatMap(({ members }) => members),
      );
      place = lines.at(-1)!;
    }
  }

  /**
   * Whatever has turns of another comes after it. Where a session goes that others have turns of, these pass to one of
   * them: told half before and half after that, they would be there twice and missed elsewhere.
   */
  private async *together(userId: string, ids: string[]): AsyncGenerator<ExportedSession> {
    const before = await this.repository.needs(userId, ids);
    yield* this.named(userId, ancestorsFirst(ids, before));
    const after = await this.repository.needs(userId, ids);
    if (!isDeepStrictEqual(tangled(before), tangled(after))) {
      throw new UnavailableError(
        'Sessions that share turns were deleted or cleared meanwhile; export again.',
      );
    }
  }

  /** One that is deleted meanwhile is left out. */
  private async *named(userId: string, ids: readonly string[]): AsyncGenerator<ExportedSession> {
    for (let start = 0; start < ids.length; start += SESSIONS) {
      yield* await this.repository.sessionsNamed(userId, ids.slice(start, start + SESSIONS));
    }
  }

  private async *usage(userId: string, ids: readonly string[] | null): AsyncGenerator<object[]> {
    let after: { at: string; id: string } = { at: '-infinity', id: NIL };
    for (;;) {
      const page = await this.account.usage(userId, after, ids, ROWS);
      if (page.length === 0) return;
      yield page;
      after = page.at(-1)!;
    }
  }

  private async *shares(userId: string, ids: readonly string[] | null): AsyncGenerator<object[]> {
    for (let after: string = NIL; ;) {
      const page = await this.account.shares(userId, after, ids, ROWS);
      if (page.length === 0) return;
      yield page;
      after = page.at(-1)!.id;
    }
  }

  /** What is to be exported. Throws NOT_FOUND when a session of it does not exist. */
  private async demand(userId: string, { sessionIds, afterSessionId }: ExportInput): Promise<Selection> {
    const held = sessionIds ?? null;
    if (held) return { after: START, rest: [], held, ids: await this.chosen(userId, held, afterSessionId) };
    if (!afterSessionId) return { after: START, rest: [], held, ids: null };
    const line = await this.repository.place(userId, afterSessionId);
    if (!line) throw new NotFoundError('Session');
    const members = ancestorsFirst(line.members, await this.repository.needs(userId, line.members));
    return { after: line, rest: members.slice(members.indexOf(afterSessionId) + 1), held, ids: null };
  }

  private async chosen(userId: string, ids: string[], after: string | null | undefined): Promise<string[]> {
    for (let start = 0; start < ids.length; start += SESSIONS) {
      const page = ids.slice(start, start + SESSIONS);
      if ((await this.sessions.find(userId, page)).length < page.length) throw new NotFoundError('Session');
    }
    const ordered = ancestorsFirst(ids, await this.repository.needs(userId, ids));
    if (!after) return ordered;
    if (!ordered.includes(after)) throw new NotFoundError('Session');
    return ordered.slice(ordered.indexOf(after) + 1);
  }
}

const tangled = (rows: readonly Needs[]): Needs[] => rows.filter(({ needs }) => needs.length > 0);

async function* listOf(
  writer: Writer,
  name: string,
  pages: Iterable<object[]> | AsyncIterable<object[]>,
): AsyncGenerator<string> {
  yield writer.beginList(name);
  for await (const page of pages) yield writer.rows(page);
  yield writer.endList();
}
