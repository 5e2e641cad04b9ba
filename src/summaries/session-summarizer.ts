import { Injectable } from '@nestjs/common';
import { uuidv7 } from '../common/uuid.js';
import { ConflictError, NotFoundError } from '../common/errors.js';
import { sentencesOf } from '../common/sentences.js';
import { countTokens } from '../common/tokens.js';
import { Commands } from '../database/commands.js';
import { within } from './extractive-summarizer.js';
import { SummariesRepository, type SessionState } from './summaries.repository.js';
import type { Summary } from './summary.model.js';
import { olderPart, summaryTokens, toFold } from './summary-plan.js';
import { SummaryWriter, type Written } from './summary-writer.js';

/** How much of a live part is looked at in one go; of a longer one the rest follows. */
const MAX_LIVE = 500;
const MAX_UTTERANCES = 2000;
/** Steps of one background job. */
const MAX_STEPS = 1000;
const DESCRIPTION_TOKENS = 200;
const SHORT_DESCRIPTION_TOKENS = 60;

/** Summarises sessions, one step at a time: each is complete once stored, so a failure midway loses nothing. */
@Injectable()
export class SessionSummarizer {
  constructor(
    private readonly repository: SummariesRepository,
    private readonly writer: SummaryWriter,
    private readonly commands: Commands,
  ) {}

  /** Does what is due for a session: summaries of its live part, folds, its description when it has ended. */
  async catchUp(
    userId: string,
    sessionId: string,
    attempt: number,
    leisure: () => Promise<void>,
  ): Promise<void> {
    for (let step = 0; step < MAX_STEPS; step++) {
      await leisure();
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

  /**
   * Stores a summary of the older part of what is live and returns its id; null when there is no such part. With
   * `untouched`, what was summarised once and reverted is left alone.
   */
  async summarizeOlder(
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
    const sequences = part.map(({ sequence }) => sequence);
    const sourceTokens = part.reduce((sum, { tokens }) => sum + tokens, 0);
    const written = await this.writer.write(
      { userId, sessionId },
      await this.repository.utterances(userId, sequences, MAX_UTTERANCES),
      summaryTokens(sourceTokens, tokenLimit),
      attempt,
    );
    return this.store(userId, sessionId, written, {
      level: 1,
      fromSequence: sequences[0]!,
      toSequence: sequences.at(-1)!,
      count: part.length,
      newest: Math.max(...part.map(({ revision }) => revision)),
    });
  }

  /** One step; false when there was none to take. */
  private async advance(
    userId: string,
    sessionId: string,
    state: SessionState,
    attempt: number,
  ): Promise<boolean> {
    const { tokenLimit, heavy } = state;
    if (heavy && (await this.summarizeOlder(userId, sessionId, tokenLimit, true, attempt))) return true;
    const inForce = await this.repository.inForce(userId, sessionId);
    const parts = toFold(inForce, tokenLimit);
    if (parts.length > 0) await this.fold(userId, sessionId, parts, tokenLimit, attempt);
    else if (state.undescribedTo !== null) await this.describe(userId, sessionId, state, inForce, attempt);
    else return false;
    return true;
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
    const most = summaryTokens(sourceTokens, tokenLimit);
    const written = await this.writer.write({ userId, sessionId }, utterances, most, attempt);
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
    const sequences = live.map(({ sequence }) => sequence);
    const utterances = [
      ...summaries.map(({ text }) => ({ role: 'SUMMARY' as const, text })),
      ...(await this.repository.utterances(userId, sequences, MAX_UTTERANCES)),
    ];
    const { text, topics, mood } = await this.writer.write(
      { userId, sessionId },
      utterances,
      DESCRIPTION_TOKENS,
      attempt,
    );
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
    await this.commands.run({
      kind: 'storeSummary',
      userId,
      sessionId,
      id,
      text,
      tokens: await countTokens(text),
      producedBy,
      promptHash: promptHash ?? undefined,
      ...range,
    });
    return id;
  }
}
