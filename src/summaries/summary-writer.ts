import { Inject, Injectable, Logger } from '@nestjs/common';
import { redactor } from '../common/redaction.js';
import { CONFIG, type Config } from '../config/config.js';
import { ModelError, type Spent } from '../model/language-model.service.js';
import type { SessionReference } from '../sessions/session.model.js';
import { UsageKind } from '../usage/usage.model.js';
import { UsageService } from '../usage/usage.service.js';
import { ExtractiveSummarizer } from './extractive-summarizer.js';
import { within } from './shortening.js';
import { SUMMARIZER, type Digest, type Summarizer, type Utterance } from './summarizer.js';

/** Failures of the model in a row after which the extractive summariser takes its place. */
export const MODEL_ATTEMPTS = 3;

export interface Written extends Digest {
  /** The model's name, or "extractive". */
  producedBy: string;
}

/** Writes summaries without what is secret: neither is it sent to a model nor kept of what comes back. */
@Injectable()
export class SummaryWriter {
  private readonly logger = new Logger(SummaryWriter.name);
  private readonly extractive = new ExtractiveSummarizer();
  private readonly redacted: (text: string) => string;

  constructor(
    @Inject(SUMMARIZER) private readonly summarizer: Summarizer,
    @Inject(CONFIG) private readonly config: Config,
    private readonly usage: UsageService,
  ) {
    this.redacted = redactor(config);
  }

  /** Throws a {@link ModelError} while `attempt` is among those that the model is given. */
  async write(
    of: SessionReference,
    utterances: readonly Utterance[],
    maxTokens: number,
    attempt: number,
  ): Promise<Written> {
    const clean = utterances.map(({ role, text }) => ({ role, text: this.redacted(text) }));
    const { text, topics, mood, ...rest } = await this.ask(of, clean, maxTokens, attempt);
    return {
      ...rest,
      // Cut before, a secret could lose what it is known by.
      text: await within(this.redacted(text), maxTokens),
      topics: topics.map((topic) => this.redacted(topic)),
      mood: this.redacted(mood),
    };
  }

  private async ask(
    of: SessionReference,
    utterances: readonly Utterance[],
    maxTokens: number,
    attempt: number,
  ): Promise<Written> {
    try {
      const digest = await this.summarizer.summarize(utterances, maxTokens);
      await this.account(of, digest.spent);
      return { ...digest, producedBy: this.summarizer.name };
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      await this.account(of, error.spent);
      if (attempt < MODEL_ATTEMPTS || this.config.SUMMARY_FALLBACK === 'none') throw error;
      this.logger.warn(`A summary was made without the model: ${error.message}.`);
      const digest = await this.extractive.summarize(utterances, maxTokens);
      return { ...digest, producedBy: this.extractive.name };
    }
  }

  private async account({ userId, sessionId }: SessionReference, spent: Spent | null): Promise<void> {
    if (!spent) return;
    const { promptTokens, answerTokens } = spent;
    const { name: model } = this.summarizer;
    await this.usage.record(userId, {
      kind: UsageKind.SUMMARY,
      model,
      promptTokens,
      answerTokens,
      sessionId,
    });
  }
}
