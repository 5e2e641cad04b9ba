import { channel } from 'node:diagnostics_channel';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { UnauthenticatedError } from '../common/errors.js';
import type { Interaction } from '../interactions/interaction.model.js';
import { EmbeddingsService } from '../embeddings/embeddings.service.js';
import { LiveService } from '../live/live.service.js';
import { ContextBuilder } from './context-builder.js';
import { requestOf, type BuildContextInput } from './context.input.js';
import { RetrievalMode, type ModelContext } from './context.model.js';
import { MemoryRepository } from './memory.repository.js';
import { MAX_QUERY_BYTES } from './recall.input.js';

export type AnswerContextOptions = Pick<BuildContextInput, 'tokenBudget'>;

/** Published on `recollect:context` when a context was asked for. */
export interface ContextEvent {
  hit: boolean;
}

const asked = channel('recollect:context');

const CACHED_CONTEXTS = 1000;
/** Contexts of 200,000 tokens would otherwise take a gigabyte. */
const CACHED_CHARACTERS = 64 * 1024 * 1024;
const MINUTE = 60_000;

/**
 * Built contexts, by user and arguments. One is used again only at the revision it was built at and within the minute,
 * because it says how long ago things were: so it is never stale. One that had to do without embeddings is not used
 * again when they work; embeddings that are made meanwhile count from the next minute on.
 */
@Injectable()
export class ContextService {
  private readonly built = new LRUCache<string, { context: ModelContext; minute: number }>({
    max: CACHED_CONTEXTS,
    maxSize: CACHED_CHARACTERS,
    sizeCalculation: ({ context }) =>
      context.messages.reduce((sum, { content }) => sum + content.length, context.systemPrompt.length) +
      context.sources.length * 200,
  });
  /** The newest revision of users that this process has heard of: for what is older PostgreSQL need not be asked. */
  private readonly reached = new LRUCache<string, number>({ max: CACHED_CONTEXTS });

  constructor(
    private readonly builder: ContextBuilder,
    private readonly repository: MemoryRepository,
    private readonly embeddings: EmbeddingsService,
    live: LiveService,
  ) {
    live.onHint((userId, revision) => {
      if (userId !== null) this.reached.set(userId, revision);
    });
  }

  /** The context for answering a question that is stored already, which is no part of it. */
  forAnswer(
    { userId, question, sessionId, sequence }: Interaction,
    options: AnswerContextOptions,
  ): Promise<ModelContext> {
    const query = (question ?? '').slice(0, MAX_QUERY_BYTES);
    return this.builder.build(userId, requestOf({ ...options, query, sessionId }), Date.now(), sequence);
  }

  async build(userId: string, input: BuildContextInput): Promise<ModelContext> {
    const request = requestOf(input);
    const key = JSON.stringify([userId, request]);
    const now = Date.now();
    const minute = Math.floor(now / MINUTE);
    const known = this.built.get(key);
    const isPoor = known?.context.retrieval === RetrievalMode.WORDS && this.embeddings.isExpected;
    const isOld = known && known.context.revision < (this.reached.get(userId) ?? 0);
    if (known?.minute === minute && !isPoor && !isOld) {
      const revision = await this.repository.revision(userId);
      if (revision === undefined) throw new UnauthenticatedError('There is no such user any more.');
      if (revision === known.context.revision) {
        asked.publish({ hit: true } satisfies ContextEvent);
        return known.context;
      }
    }
    const context = await this.builder.build(userId, request, now);
    this.built.set(key, { context, minute });
    asked.publish({ hit: false } satisfies ContextEvent);
    return context;
  }
}
