import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ConflictError, NotFoundError, UnavailableError } from '../common/errors.js';
import type { Connection, ConnectionArgs } from '../common/pagination.js';
import { redactor } from '../common/redaction.js';
import { sentencesOf } from '../common/sentences.js';
import { countTokens } from '../common/tokens.js';
import { CONFIG, type Config } from '../config/config.js';
import { Commands } from '../database/commands.js';
import type { GraphQLContext } from '../graphql/context.js';
import type { Interaction } from '../interactions/interaction.model.js';
import { InteractionsService } from '../interactions/interactions.service.js';
import { ModelError } from '../model/language-model.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { ExtractiveSummarizer, within } from './extractive-summarizer.js';
import { SUMMARIZER, type Digest, type Summarizer, type Utterance } from './summarizer.js';
import { SummariesRepository, type SessionState } from './summaries.repository.js';
import { summaryLoader } from './summary.loader.js';
import type { Summary } from './summary.model.js';
import { isInForce, olderPart, summaryTokens, toFold, tokenCount } from './summary-plan.js';

/** How much of a live part is looked at in one go; of a longer one the rest follows. */
const MAX_LIVE = 500;
/** Steps of one background job; what is left stays due. */
const MAX_STEPS = 50;
/** Failures of the model in a row after which the extractive summariser takes its place. */
const MODEL_ATTEMPTS = 3;
const NOW_ATTEMPTS = 3;
const DESCRIPTION_TOKENS = 200;
const SHORT_DESCRIPTION_TOKENS = 60;

type Written = Digest & { producedBy: string };

@Injectable()
export class SummariesService {
  private readonly logger = new Logger(SummariesService.name);
  private readonly extractive = new ExtractiveSummarizer();
  private readonly redacted: (text: string) => string;

  constructor(
    private readonly repository: SummariesRepository,
    private readonly commands: Commands,
    private readonly sessions: SessionsService,
    private readonly interactions: InteractionsService,
    @Inject(SUMMARIZER) private readonly summarizer: Summarizer,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.redacted = redactor(config);
  }

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
    return history ? summaries : summaries.filter(isInForce);
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
        const id = await this.summarizeOlder(userId, sessionId, tokenLimit, false, MODEL_ATTEMPTS);
        return id === null ? null : await this.get(userId, id);
      } catch (error) {
        if (error instanceof ModelError) throw new UnavailableError(`No summary: ${error.message}.`);
        if (!(error instanceof ConflictError) || attempt === NOW_ATTEMPTS) throw error;
      }
    }
  }

  /** Sessions of anyone that wait for a summary. */
  due(limit: number): Promise<{ userId: string; sessionId: string }[]> {
    return this.repository.due(limit);
  }

  /**
   * Does what is due for a session: summaries of its live part, folds, its description when it has ended. What is
   * stored is complete by itself, so a failure midway loses nothing and the next attempt goes on from there.
   */
  async catchUp(userId: string, sessionId: string, attempt: number): Promise<void> {
    for (let step = 0; step < MAX_STEPS; step++) {
      const state = await this.repository.state(userId, sessionId);
      if (!state) return; // deleted meanwhile
      try {
        if (!(await this.advance(userId, sessionId, state, attempt))) return;
      } catch (error) {
        if (error instanceof NotFoundError) return;
        if (!(error instanceof ConflictError)) throw error;
      }
    }
  }

  /** One step; false when there was none to take. */
  private async advance(
    userId: string,
    sessionId: string,
    state: SessionState,
    attempt: number,
  ): Promise<boolean> {
    const { tokenLimit, revision, messages, tokens } = state;
    if (state.heavy && (await this.summarizeOlder(userId, sessionId, tokenLimit, true, attempt))) return true;
    const all = await this.repository.toFold(userId, sessionId);
    const parts = toFold(all, tokenLimit);
    if (parts.length > 0) {
      await this.fold(userId, sessionId, parts, tokenLimit, attempt);
      return true;
    }
    if (state.undescribedTo !== null) {
      await this.describe(userId, sessionId, state, all.filter(isInForce), attempt);
      return true;
    }
    await this.commands.run({ kind: 'settleSession', userId, sessionId, revision, messages, tokens });
    return false;
  }

  /** Stores a summary of the older part of what is live and returns its id; null when there is no such part. */
  private async summarizeOlder(
    userId: string,
    sessionId: string,
    tokenLimit: number,
    untouched: boolean,
    attempt: number,
  ): Promise<string | null> {
    const [live, summaries] = await Promise.all([
      this.repository.live(userId, sessionId, untouched, MAX_LIVE),
      this.repository.ofSessions(userId, [sessionId]),
    ]);
    const covered = summaries.filter(({ level, revertedAt }) => level === 1 && (untouched || !revertedAt));
    const part = olderPart(live, covered, tokenLimit);
    if (part.length === 0 || (untouched && part.length === live.length)) return null;
    const sourceTokens = part.reduce((sum, interaction) => sum + tokenCount(interaction), 0);
    const written = await this.write(
      this.utterancesOf(part),
      summaryTokens(sourceTokens, tokenLimit),
      attempt,
    );
    return this.store(userId, sessionId, written, {
      level: 1,
      fromSequence: part[0]!.sequence,
      toSequence: part.at(-1)!.sequence,
      count: part.length,
      newest: Math.max(...part.map(({ revision }) => revision)),
    });
  }

  private async fold(
    userId: string,
    sessionId: string,
    parts: readonly Summary[],
    tokenLimit: number,
    attempt: number,
  ): Promise<void> {
    const sourceTokens = parts.reduce((sum, { tokens }) => sum + tokens, 0);
    const utterances = parts.map(({ text }) => ({ role: 'SUMMARY' as const, text }));
    const written = await this.write(utterances, summaryTokens(sourceTokens, tokenLimit), attempt);
    await this.store(userId, sessionId, written, {
      level: Math.max(...parts.map(({ level }) => level)) + 1,
      fromSequence: parts[0]!.fromSequence,
      toSequence: Math.max(...parts.map(({ toSequence }) => toSequence)),
      folds: parts.map(({ id }) => id),
    });
  }

  private async describe(
    userId: string,
    sessionId: string,
    { revision, undescribedTo }: SessionState,
    summaries: readonly Summary[],
    attempt: number,
  ): Promise<void> {
    const live = await this.repository.live(userId, sessionId, false, MAX_LIVE);
    const utterances = [
      ...summaries.map(({ text }) => ({ role: 'SUMMARY' as const, text })),
      ...this.utterancesOf(live),
    ];
    const { text, topics, mood } = await this.write(utterances, DESCRIPTION_TOKENS, attempt);
    await this.commands.run({
      kind: 'describeSession',
      userId,
      sessionId,
      revision,
      toSequence: undescribedTo,
      contextSummary: await within(text.split('\n').flatMap(sentencesOf), SHORT_DESCRIPTION_TOKENS),
      sessionContext: { topics, mood, summary: text },
    });
  }

  private async store(
    userId: string,
    sessionId: string,
    { text, producedBy, promptHash }: Written,
    range: object,
  ): Promise<string> {
    const id = uuidv7();
    const tokens = await countTokens(text);
    await this.commands.run({
      kind: 'storeSummary',
      userId,
      sessionId,
      id,
      text,
      tokens,
      producedBy,
      promptHash: promptHash ?? undefined,
      ...range,
    });
    return id;
  }

  /** What is secret is neither sent to a model nor kept of what comes back. */
  private async write(
    utterances: readonly Utterance[],
    maxTokens: number,
    attempt: number,
  ): Promise<Written> {
    const clean = utterances.map(({ role, text }) => ({ role, text: this.redacted(text) }));
    const { digest, producedBy } = await this.ask(clean, maxTokens, attempt);
    return {
      text: this.redacted(digest.text),
      topics: digest.topics.map((topic) => this.redacted(topic)),
      mood: this.redacted(digest.mood),
      promptHash: digest.promptHash,
      producedBy,
    };
  }

  private async ask(
    utterances: readonly Utterance[],
    maxTokens: number,
    attempt: number,
  ): Promise<{ digest: Digest; producedBy: string }> {
    try {
      const digest = await this.summarizer.summarize(utterances, maxTokens);
      return { digest, producedBy: this.summarizer.name };
    } catch (error) {
      const isFinal = attempt >= MODEL_ATTEMPTS && this.config.SUMMARY_FALLBACK === 'extractive';
      if (!(error instanceof ModelError) || !isFinal) throw error;
      this.logger.warn(`A summary was made without the model: ${error.message}.`);
      const digest = await this.extractive.summarize(utterances, maxTokens);
      return { digest, producedBy: this.extractive.name };
    }
  }

  private utterancesOf(interactions: readonly Interaction[]): Utterance[] {
    return interactions
      .flatMap((interaction) => this.interactions.messages(interaction))
      .map(({ role, content }) => ({ role, text: content }));
  }
}
