import { channel } from 'node:diagnostics_channel';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { APICallError, embedMany, RetryError, type EmbeddingModel } from 'ai';
import { countTokens, toldTokens } from '../common/tokens.js';
import { CONFIG, MAX_DIMENSIONS, type Config } from '../config/config.js';
import { UsageKind } from '../usage/usage.model.js';
import { UsageService } from '../usage/usage.service.js';
import { floorOf, UNRELATED } from './similarity-floor.js';

/** What a text is embedded for: to be found, to find, or to see whether the provider takes anything. */
type EmbeddingPurpose = 'interaction' | 'query' | 'probe';

/** Published on `recollect:embedding` when the provider answered or failed. */
export interface EmbeddingEvent {
  purpose: EmbeddingPurpose;
  texts: number;
  failed: boolean;
}

/** The provider gave no embeddings that can be used. The message holds neither the key nor a word of a text. */
export class EmbeddingError extends Error {
  constructor(
    message: string,
    /** Whether it may be the texts that it does not take. */
    readonly isRefusal = false,
  ) {
    super(message);
  }
}

/** How the answers of a model compare. */
interface Scale {
  /** What embeddings are stored under: those of another model or length cannot be compared. */
  model: string;
  dimensions: number;
  /** The least cosine that means something. */
  floor: number;
}

const asked = channel('recollect:embedding');

const PATIENCE_MS = { interaction: 60_000, query: 800, probe: 10_000 };
/** With growing pauses, or as long as Retry-After says. For a query somebody waits. */
const RETRIES = { interaction: 2, query: 0, probe: 2 };
/** Queries do without a provider that failed for as long, unless it works again before. */
const REST_MS = 15_000;
/** A provider that asks for a longer pause is asked again nonetheless. */
const LONGEST_PAUSE_MS = 10 * 60_000;
/** Bad request, too large, unprocessable. */
const REFUSED = new Set([400, 413, 422]);

// The library would print what it has to say about a provider past the logger.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** The OpenAI-compatible provider of EMBEDDINGS_MODEL. */
@Injectable()
export class EmbeddingProvider {
  readonly isConfigured: boolean;
  /** How its answers compare; null until it has been asked, and again when they turn out to compare otherwise. */
  scale: Scale | null = null;
  /** Why the last call failed; null when it did not. */
  failure: string | null = null;

  private readonly logger = new Logger(EmbeddingProvider.name);
  private readonly name: string;
  private readonly client: EmbeddingModel;
  private readonly dimensions: number | undefined;
  private measuring: Promise<Scale> | undefined;
  private restingUntil = 0;
  private pausedUntil = 0;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly usage: UsageService,
  ) {
    const {
      EMBEDDINGS_MODEL: model = '',
      EMBEDDINGS_BASE_URL: baseURL = '',
      EMBEDDINGS_API_KEY: apiKey,
    } = config;
    this.dimensions = config.EMBEDDINGS_DIMENSIONS;
    this.name = model;
    this.isConfigured = model !== '';
    this.client = createOpenAICompatible({
      name: 'embeddings',
      baseURL,
      ...(apiKey && { apiKey }),
    }).embeddingModel(model);
  }

  /** Whether it is worth to ask it while somebody waits. */
  get isAwake(): boolean {
    return this.failure === null || Date.now() >= Math.max(this.restingUntil, this.pausedUntil);
  }

  /** Finds out how its answers compare, if that is not known. Throws an {@link EmbeddingError}. */
  async measure(signal?: AbortSignal): Promise<Scale> {
    if (this.scale) return this.scale;
    this.measuring ??= this.embed(null, 'probe', UNRELATED, signal)
      .then((vectors) => {
        const dimensions = vectors[0]!.length;
        return (this.scale = {
          model: `${this.name}@${dimensions}`,
          dimensions,
          floor: floorOf(vectors),
        });
      })
      .finally(() => (this.measuring = undefined));
    return this.measuring;
  }

  /** A vector of length 1 for each text; what it takes is counted for the user. Throws an {@link EmbeddingError}. */
  async embed(
    userId: string | null,
    purpose: EmbeddingPurpose,
    texts: readonly string[],
    signal?: AbortSignal,
  ): Promise<number[][]> {
    let failed = true;
    try {
      const { embeddings, tokens } = await this.ask(purpose, texts, signal);
      failed = false;
      this.succeed();
      if (userId !== null) {
        const use = { kind: UsageKind.EMBEDDING, model: this.name, promptTokens: tokens, answerTokens: 0 };
        const recorded = this.usage.record(userId, use);
        if (purpose !== 'query') await recorded;
      }
      return embeddings;
    } catch (error) {
      const failure = error instanceof EmbeddingError ? error : failureOf(error, PATIENCE_MS[purpose]);
      // What it says to one text tells nothing of it.
      if (!signal?.aborted && (purpose === 'probe' || !failure.isRefusal)) this.fail(failure, error);
      throw failure;
    } finally {
      asked.publish({ purpose, texts: texts.length, failed } satisfies EmbeddingEvent);
    }
  }

  private async ask(purpose: EmbeddingPurpose, texts: readonly string[], signal?: AbortSignal) {
    const wait = this.pausedUntil - Date.now();
    if (wait > 0) throw new EmbeddingError(`asked for a pause of ${Math.ceil(wait / 1000)} s more`);
    const { embeddings, usage } = await embedMany({
      model: this.client,
      values: [...texts],
      maxRetries: RETRIES[purpose],
      abortSignal: AbortSignal.any([AbortSignal.timeout(PATIENCE_MS[purpose]), ...(signal ? [signal] : [])]),
      ...(this.dimensions && { dimensions: this.dimensions }),
    });
    const dimensions = this.dimensions ?? embeddings[0]?.length;
    if (embeddings.some(({ length }) => length !== dimensions || length > MAX_DIMENSIONS)) {
      const lengths = [...new Set(embeddings.map(({ length }) => length))].join(', ');
      throw new EmbeddingError(`answered with vectors of ${lengths} dimensions`);
    }
    if (this.scale && this.scale.dimensions !== dimensions) this.scale = null;
    return {
      embeddings: embeddings.map(ofLength1),
      tokens: toldTokens(usage.tokens) ?? (await counted(texts)),
    };
  }

  private succeed(): void {
    if (this.failure !== null) this.logger.log('The embeddings provider answers again.');
    this.failure = null;
  }

  private fail({ message }: EmbeddingError, cause: unknown): void {
    const now = Date.now();
    this.pausedUntil = Math.max(this.pausedUntil, now + pauseAfter(cause));
    this.restingUntil = now + REST_MS;
    if (this.failure === null) this.logger.warn(`The embeddings provider ${message}.`);
    this.failure = message;
  }
}

/** The library's own messages may quote what was sent or received. */
function failureOf(thrown: unknown, patience: number): EmbeddingError {
  const error: unknown = RetryError.isInstance(thrown) ? thrown.lastError : thrown;
  if (APICallError.isInstance(error)) {
    const { statusCode } = error;
    if (statusCode === undefined) return new EmbeddingError('cannot be reached');
    if (statusCode >= 400) {
      return new EmbeddingError(`answered with status ${statusCode}`, REFUSED.has(statusCode));
    }
  }
  const { name } = error as Error;
  const isLate = name === 'TimeoutError' || name === 'AbortError';
  return new EmbeddingError(
    isLate ? `did not answer within ${patience} ms` : 'answered with something else than embeddings',
  );
}

/** What the provider asks for, in milliseconds. */
function pauseAfter(thrown: unknown): number {
  const error: unknown = RetryError.isInstance(thrown) ? thrown.lastError : thrown;
  const header = APICallError.isInstance(error) ? error.responseHeaders?.['retry-after'] : undefined;
  if (!header) return 0;
  const pause = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Math.min(LONGEST_PAUSE_MS, Number.isNaN(pause) ? 0 : pause);
}

/** For a provider that does not tell. */
async function counted(texts: readonly string[]): Promise<number> {
  let tokens = 0;
  for (const text of texts) tokens += await countTokens(text);
  return tokens;
}

/** Of such vectors the inner product is the cosine. Six decimals are more than half precision keeps, and fast to write. */
function ofLength1(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  if (!(length > 0 && length < Infinity)) throw new EmbeddingError('answered with a vector of no direction');
  return vector.map((value) => Math.round((value / length) * 1e6) / 1e6);
}
