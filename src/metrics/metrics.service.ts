import { subscribe, unsubscribe, type ChannelListener } from 'node:diagnostics_channel';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CompressionEvent } from '../compression/compression.service.js';
import type { StatementEnded } from '../database/database.js';
import { EmbeddingsService, type EmbeddingEvent } from '../embeddings/embeddings.service.js';
import type { OperationEvent } from '../graphql/operation.plugin.js';
import { LiveService } from '../live/live.service.js';
import type { ContextEvent } from '../memory/context.service.js';
import type { ModelUseEvent } from '../usage/usage.service.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts what the rest of the service tells on its diagnostics channels, and reads the live counters when asked. */
@Injectable()
export class MetricsService implements OnModuleInit, OnModuleDestroy {
  private readonly registry = new Registry();

  private readonly statementSeconds = new Histogram({
    name: 'recollect_statement_seconds',
    help: 'Time from sending an SQL statement to its answer.',
    labelNames: ['name'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  private readonly statementFailures = new Counter({
    name: 'recollect_statement_failures_total',
    help: 'SQL statements that failed.',
    labelNames: ['name'],
    registers: [this.registry],
  });

  private readonly operationSeconds = new Histogram({
    name: 'recollect_operation_seconds',
    help: 'Time of a GraphQL operation over HTTP, by root field.',
    labelNames: ['name'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  private readonly operationErrors = new Counter({
    name: 'recollect_operation_errors_total',
    help: 'Errors answered by GraphQL operations over HTTP, by root field and code.',
    labelNames: ['name', 'code'],
    registers: [this.registry],
  });

  private readonly contexts = new Counter({
    name: 'recollect_contexts_total',
    help: 'Contexts asked for: a hit was in the cache, a miss was built.',
    labelNames: ['cache'],
    registers: [this.registry],
  });

  private readonly embeddedTexts = new Counter({
    name: 'recollect_embedded_texts_total',
    help: 'Texts that the embeddings provider embedded, by what for.',
    labelNames: ['purpose'],
    registers: [this.registry],
  });

  private readonly embeddingFailures = new Counter({
    name: 'recollect_embedding_failures_total',
    help: 'Calls of the embeddings provider that failed for all their retries, by what for.',
    labelNames: ['purpose'],
    registers: [this.registry],
  });

  private readonly compressedInteractions = new Counter({
    name: 'recollect_compressed_interactions_total',
    help: 'Old interactions that were compressed.',
    registers: [this.registry],
  });

  private readonly modelTokens = new Counter({
    name: 'recollect_model_tokens_total',
    help: 'Tokens that models took, by what for, model and direction.',
    labelNames: ['kind', 'model', 'direction'],
    registers: [this.registry],
  });

  private readonly listeners: Record<string, ChannelListener> = {
    'recollect:statement': (message) => {
      const { name, milliseconds, failed } = message as StatementEnded;
      this.statementSeconds.observe({ name }, milliseconds / 1000);
      if (failed) this.statementFailures.inc({ name });
    },
    'recollect:operation': (message) => {
      const { name, milliseconds, errorCodes } = message as OperationEvent;
      this.operationSeconds.observe({ name }, milliseconds / 1000);
      for (const code of errorCodes) this.operationErrors.inc({ name, code });
    },
    'recollect:context': (message) => {
      this.contexts.inc({ cache: (message as ContextEvent).hit ? 'hit' : 'miss' });
    },
    'recollect:embedding': (message) => {
      const { purpose, texts, failed } = message as EmbeddingEvent;
      if (failed) this.embeddingFailures.inc({ purpose });
      else this.embeddedTexts.inc({ purpose }, texts);
    },
    'recollect:compression': (message) => {
      this.compressedInteractions.inc((message as CompressionEvent).interactions);
    },
    'recollect:model-use': (message) => {
      const { kind, model, promptTokens, answerTokens } = message as ModelUseEvent;
      this.modelTokens.inc({ kind, model, direction: 'prompt' }, promptTokens);
      this.modelTokens.inc({ kind, model, direction: 'answer' }, answerTokens);
    },
  };

  constructor({ counters }: LiveService, embeddings: EmbeddingsService) {
    const { registry } = this;
    const gauge = (name: 'sockets' | 'subscriptions', help: string): Gauge =>
      new Gauge({
        name: `recollect_live_${name}`,
        help,
        registers: [registry],
        collect() {
          this.set(counters[name]);
        },
      });
    gauge('sockets', 'WebSockets open now.');
    gauge('subscriptions', 'Subscriptions open now.');
    new Gauge({
      name: 'recollect_embedding_users_behind',
      help: 'Users who have something to embed; at most 10,000 are counted. 0 without a model.',
      registers: [registry],
      async collect() {
        this.set(await embeddings.usersBehind().catch(() => NaN)); // the database is away: the rest still counts
      },
    });
    const counter = (name: 'delivered' | 'stalled', help: string): Counter =>
      new Counter({
        name: `recollect_live_${name}_total`,
        help,
        registers: [registry],
        collect() {
          this.reset();
          this.inc(counters[name]);
        },
      });
    counter('delivered', 'Events delivered to subscribers.');
    counter('stalled', 'WebSockets closed because their client did not read.');
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  /** How often a context was in this process's cache, and how often not. */
  async contextCache(): Promise<{ hits: number; misses: number }> {
    const { values } = await this.contexts.get();
    const of = (cache: string) => values.find(({ labels }) => labels.cache === cache)?.value ?? 0;
    return { hits: of('hit'), misses: of('miss') };
  }

  onModuleInit(): void {
    collectDefaultMetrics({ register: this.registry });
    for (const [channel, listener] of Object.entries(this.listeners)) subscribe(channel, listener);
  }

  onModuleDestroy(): void {
    for (const [channel, listener] of Object.entries(this.listeners)) unsubscribe(channel, listener);
  }
}
