import { Inject, Injectable, Logger } from '@nestjs/common';
import { redactor } from '../common/redaction.js';
import { CONFIG, type Config } from '../config/config.js';
import { ModelError } from '../model/language-model.service.js';
import { UsageKind } from '../usage/usage.model.js';
import { UsageService } from '../usage/usage.service.js';
import { ExtractiveSummarizer } from './extractive-summarizer.js';
import type { SessionReference } from './summaries.service.js';
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
    private readonly usage: UsageService,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.redacted = redactor(config);
  }

  /** Throws a {@link ModelError} while `attempt` is among those that the model is given. */
  async write(
    session: SessionReference,
    utterances: readonly Utterance[],
    maxTokens: number,
    attempt: number,
  ): Promise<Written> {
    const clean = utterances.map(({ role, text }) => ({ role, text: this.redacted(text) }));
    const { text, topics, mood, ...rest } = await this.ask(session, clean, maxTokens, attempt);
    return {
      ...rest,
      text: this.redacted(text),
      topics: topics.map((topic) => this.redacted(topic)),
      mood: this.redacted(mood),
    };
  }

  private async ask(
    { userId, sessionId }: SessionReference,
    utterances: readonly Utterance[],
    maxTokens: number,
    attempt: number,
  ): Promise<Written> {
    try {
      const { use, ...digest } = await this.summarizer.summarize(utterances, maxTokens);
      const { name } = this.summarizer;
      if (use) await this.usage.record(userId, { kind: UsageKind.SUMMARY, model: name, sessionId, ...use });
      return { ...digest, producedBy: name };
    } catch (error) {
      const isFinal = attempt >= MODEL_ATTEMPTS && this.config.SUMMARY_FALLBACK === 'extractive';
      if (!(error instanceof ModelError) || !isFinal) throw error;
      this.logger.warn(`A summary was made without the model: ${error.message}.`);
      const digest = await this.extractive.summarize(utterances, maxTokens);
      return { ...digest, producedBy: this.extractive.name };
    }
  }
}
