import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { EmbeddingJob } from './embedding-job.js';
import { EmbeddingError, EmbeddingProvider, type EmbeddingEvent } from './embedding-provider.js';
import {
  EmbeddingsRepository,
  type Near,
  type NearestRequest,
  type StoreState,
} from './embeddings.repository.js';

export type { EmbeddingEvent, Near };

/** Whether what is said is found by meaning too, and why not. */
interface EmbeddingsHealth {
  state: 'off' | 'ready' | 'no pgvector' | 'provider failing' | 'embedding anew';
  reason?: string;
}

const OBSTACLES: Record<Exclude<StoreState, 'READY'>, string> = {
  NOT_INSTALLED: 'the server of the database has no pgvector; install it there',
  NOT_PERMITTED:
    'the role that connects may not run "create extension vector"; let a superuser run it once in this database',
  TOO_OLD:
    'pgvector is older than 0.7, or in a schema outside the search path; "alter extension vector update"',
};

/** How many of the nearest are worth to be fused with what words find. */
const NEAREST = 100;
const REMEMBERED_QUERIES = 1000;
const LOOK_AGAIN_MS = 60_000;
const MOST_COUNTED = 10_000;

/** Finds what was said by its meaning, with the model of EMBEDDINGS_MODEL and pgvector. Without them nothing is found so. */
@Injectable()
export class EmbeddingsService implements OnModuleInit {
  private readonly logger = new Logger(EmbeddingsService.name);
  private store: StoreState | null = null;
  private lookedAt = 0;
  private looking: Promise<void> | null = null;
  /** Whose embeddings are being replaced. */
  private outdated: string | null = null;
  private readonly queries = new LRUCache<string, number[], string>({
    max: REMEMBERED_QUERIES,
    fetchMethod: async (text, _, { context: userId }) =>
      (await this.provider.embed(userId, 'query', [text]))[0],
  });

  constructor(
    private readonly provider: EmbeddingProvider,
    private readonly repository: EmbeddingsRepository,
    private readonly job: EmbeddingJob,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.isOn) await this.lookAtStore();
  }

  /** Whether a model is configured. */
  get isOn(): boolean {
    return this.provider.isConfigured;
  }

  /** Whether a search now would find by meaning, as far as is known. */
  get isExpected(): boolean {
    return this.isOn && this.store === 'READY' && this.provider.scale !== null && this.provider.isAwake;
  }

  /** As last known: nothing is asked. */
  get health(): EmbeddingsHealth {
    if (!this.isOn) return { state: 'off' };
    this.lookAgain();
    if (this.store !== 'READY') {
      return { state: 'no pgvector', reason: this.store ? OBSTACLES[this.store] : 'the database is away' };
    }
    const { failure } = this.provider;
    if (failure !== null) return { state: 'provider failing', reason: `it ${failure}` };
    return this.outdated === null
      ? { state: 'ready' }
      : { state: 'embedding anew', reason: `what is stored is of ${this.outdated}, and cannot be compared` };
  }

  /** The utterances nearest in meaning, nearest first; null when meaning cannot be asked for now. */
  async nearest(
    userId: string,
    text: string,
    { sessions = null, sides = null }: Partial<Pick<NearestRequest, 'sessions' | 'sides'>> = {},
  ): Promise<Near[] | null> {
    if (!this.isExpected) {
      this.lookAgain();
      return null;
    }
    if (!/\S/.test(text)) return [];
    try {
      const vector = await this.queries.fetch(text, { context: userId });
      const { scale } = this.provider;
      if (!scale) return null; // just now it answered otherwise than before
      const request = { vector: vector!, most: NEAREST, sessions, sides, floor: scale.floor };
      return await this.repository.nearest(userId, scale.model, request);
    } catch (error) {
      if (!(error instanceof EmbeddingError)) {
        this.logger.warn(`A search by meaning failed: ${(error as Error).message}`);
      }
      return null;
    }
  }

  /** Embeds what has no embedding yet. A provider that fails is asked again by the next run. */
  async catchUp(signal: AbortSignal): Promise<void> {
    if (!this.isOn) return;
    if (this.store !== 'READY') await this.lookAtStore();
    if (this.store !== 'READY') return;
    try {
      const model = await this.measure(signal);
      await this.job.run(model, signal);
      this.outdated = null;
    } catch (error) {
      if (!(error instanceof EmbeddingError)) throw error;
    }
  }

  /** How many users have something to embed, counted up to 10,000. */
  async usersBehind(): Promise<number> {
    if (!this.isOn) return 0;
    return this.repository.countBehind(this.provider.scale?.model ?? null, MOST_COUNTED);
  }

  /** The model that embeddings are of from now on. When others are stored, they are told of, and replaced. */
  private async measure(signal?: AbortSignal): Promise<string> {
    if (!this.provider.scale) this.queries.clear();
    const { model } = await this.provider.measure(signal);
    const outdated = await this.repository.otherModel(model);
    if (outdated !== null && outdated !== this.outdated) {
      this.logger.warn(
        `Embeddings of ${outdated} are stored, and those of ${model} are other: all is embedded anew.`,
      );
    }
    this.outdated = outdated ?? this.outdated;
    return model;
  }

  /** An operator may have installed pgvector meanwhile. */
  private lookAgain(): void {
    if (!this.isOn || this.store === 'READY' || Date.now() - this.lookedAt < LOOK_AGAIN_MS) return;
    void this.lookAtStore();
  }

  private lookAtStore(): Promise<void> {
    this.lookedAt = Date.now();
    this.looking ??= this.repository
      .enable()
      .then((state) => {
        if (state !== 'READY' && state !== this.store) {
          this.logger.warn(`Recall goes by words alone: ${OBSTACLES[state]}.`);
        }
        this.store = state;
        if (state === 'READY') void this.measure().catch(() => undefined); // the next run of the queue tries again
      })
      .catch((error: unknown) =>
        this.logger.warn(`Embeddings could not be enabled: ${(error as Error).message}`),
      )
      .finally(() => (this.looking = null));
    return this.looking;
  }
}
