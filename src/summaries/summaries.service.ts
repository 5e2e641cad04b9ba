import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { ConflictError, NotFoundError, UnavailableError } from '../common/errors.js';
import type { Connection, ConnectionArgs } from '../common/pagination.js';
import { Commands } from '../database/commands.js';
import type { GraphQLContext } from '../graphql/context.js';
import type { Interaction } from '../interactions/interaction.model.js';
import { InteractionsService } from '../interactions/interactions.service.js';
import { ModelError } from '../model/language-model.service.js';
import type { SessionReference } from '../sessions/session.model.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { SessionSummarizer } from './session-summarizer.js';
import { SummariesRepository } from './summaries.repository.js';
import { summaryLoader } from './summary.loader.js';
import type { Summary } from './summary.model.js';
import { MODEL_ATTEMPTS } from './summary-writer.js';

/** How often a summary is written anew because the session changed while it was. */
const CONFLICTS = 3;
const PAGE = 500;

@Injectable()
export class SummariesService {
  constructor(
    private readonly repository: SummariesRepository,
    private readonly summarizer: SessionSummarizer,
    private readonly commands: Commands,
    private readonly sessions: SessionsService,
    private readonly interactions: InteractionsService,
  ) {}

  async get(userId: string, id: string): Promise<Summary> {
    const summary = await this.repository.byId(userId, id);
    if (!summary) throw new NotFoundError('Summary');
    return summary;
  }

  async load(
    context: GraphQLContext,
    userId: string,
    sessionId: string,
    history: boolean,
  ): Promise<Summary[]> {
    const loader = summaryLoader(context, (ids) => this.repository.ofSessions(userId, ids));
    const summaries = await loader.load(sessionId);
    return history ? summaries : summaries.filter(({ inForce }) => inForce);
  }

  sources(
    userId: string,
    { sessionId, fromSequence, toSequence }: Summary,
    page: ConnectionArgs,
  ): Promise<Connection<Interaction>> {
    return this.interactions.ofSession(userId, sessionId, page, { from: fromSequence, to: toSequence });
  }

  async revert(userId: string, id: string): Promise<Summary> {
    await this.commands.run({ kind: 'revertSummary', userId, id });
    return this.get(userId, id);
  }

  async pin(userId: string, id: string, pinned: boolean): Promise<Summary> {
    await this.commands.run({ kind: 'pinSummary', userId, id, pinned });
    return this.get(userId, id);
  }

  /** Summarises the older part of what is live, however short. */
  async summarizeNow(userId: string, sessionId: string): Promise<Summary | null> {
    const { tokenLimit } = await this.sessions.get(userId, sessionId);
    for (let attempt = 1; ; attempt++) {
      try {
        const id = await this.summarizer.summarizeOlder(userId, sessionId, tokenLimit, false, MODEL_ATTEMPTS);
        return id === null ? null : await this.get(userId, id);
      } catch (error) {
        if (error instanceof ModelError) throw new UnavailableError(`No summary: ${error.message}.`);
        if (!(error instanceof ConflictError) || attempt === CONFLICTS) throw error;
      }
    }
  }

  /** Of the sessions that changed after these revisions of their users, those with something to summarise. */
  due(changed: ReadonlyMap<string, number>): Promise<SessionReference[]> {
    return this.repository.due(changed);
  }

  /** Ended sessions of anyone that were never described, in pages. */
  async *undescribed(): AsyncGenerator<SessionReference[]> {
    for (let last: SessionReference | undefined = { userId: NIL, sessionId: NIL }; last;) {
      const page: SessionReference[] = await this.repository.undescribed(last, PAGE);
      yield page;
      last = page[PAGE - 1];
    }
  }

  /** Does what is due for a session; waits for `leisure` before each step. Throws when the model fails. */
  catchUp(
    { userId, sessionId }: SessionReference,
    attempt: number,
    leisure: () => Promise<void>,
  ): Promise<void> {
    return this.summarizer.catchUp(userId, sessionId, attempt, leisure);
  }
}
