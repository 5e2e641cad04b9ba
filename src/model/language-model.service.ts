import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Inject, Injectable } from '@nestjs/common';
import { APICallError, generateText, streamText, type LanguageModel } from 'ai';
import type { z } from 'zod';
import { countTokens, toldTokens } from '../common/tokens.js';
import { CONFIG, type Config } from '../config/config.js';
import { ModelError, modelErrorOf, type Spent } from './model-error.js';
import { Patience } from './patience.js';

export { ModelError, type Spent } from './model-error.js';

/** What a model is asked. */
interface ModelRequest {
  /** What it is to do. Nothing that a user said belongs here. */
  instructions: string;
  /** What it is to do it with. */
  prompt: string;
  maxOutputTokens: number;
}

/** What a model answered, and what that took: as the provider counted, or here (o200k_base) where it does not tell. */
interface ModelAnswer extends Spent {
  text: string;
  /** SHA-256 of all that it was sent. */
  promptHash: string;
}

/** What a model is to answer to somebody who waits for every word. */
interface ChatRequest {
  instructions: string;
  /** What was said, the question last. */
  messages: { role: 'system' | 'user' | 'assistant'; content: string }[];
  maxOutputTokens: number;
}

/** How a streamed answer ended. */
export interface ChatEnd {
  /** "stop", or what else made the model stop, such as "length". */
  finishReason: string;
  /** As the provider counted; undefined where it does not tell, or nothing that can be so. */
  promptTokens: number | undefined;
  answerTokens: number | undefined;
}

/** Of a text what PostgreSQL takes: models write escapes of NUL and of half a character. */
const storable = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value;

const PAUSED = 'the model asked for a longer pause';
/** A provider that asks for a longer pause is asked again nonetheless. */
const LONGEST_PAUSE_MS = 10 * 60_000;

// The library would print what it has to say about a provider past the logger.
globalThis.AI_SDK_LOG_WARNINGS = false;

/**
 * The model behind the configured OpenAI-compatible endpoint. It is asked once: whoever calls knows whether somebody
 * waits or a queue tries again.
 */
@Injectable()
export class LanguageModelService {
  /** The model's name; null when none is configured. */
  readonly name: string | null;
  private readonly model: LanguageModel | null;
  private readonly silenceMs: number;
  private readonly answerMs: number;
  private pausedUntil = 0;

  constructor(@Inject(CONFIG) config: Config) {
    const { LLM_BASE_URL, LLM_API_KEY, LLM_MODEL } = config;
    this.name = LLM_BASE_URL && LLM_MODEL ? LLM_MODEL : null;
    this.silenceMs = config.LLM_TIMEOUT_SECONDS * 1000;
    this.answerMs = config.LLM_ANSWER_SECONDS * 1000;
    const provider = createOpenAICompatible({
      name: 'llm',
      baseURL: LLM_BASE_URL ?? '',
      ...(LLM_API_KEY && { apiKey: LLM_API_KEY }),
      includeUsage: true,
    });
    this.model = this.name === null ? null : provider.chatModel(this.name);
  }

  /** Throws a {@link ModelError} when there is no whole answer in time, or `signal` is aborted. */
  async ask(
    { instructions, prompt, maxOutputTokens }: ModelRequest,
    signal?: AbortSignal,
  ): Promise<ModelAnswer> {
    if (!this.model) throw new ModelError('no model is configured');
    const wait = this.pausedUntil - Date.now();
    if (wait > 0) throw new ModelError(PAUSED, 'RATE_LIMITED');
    try {
      const { text, usage } = await generateText({
        model: this.model,
        instructions,
        prompt,
        maxOutputTokens,
        temperature: 0,
        maxRetries: 0,
        abortSignal: AbortSignal.any([AbortSignal.timeout(this.silenceMs), ...(signal ? [signal] : [])]),
      });
      return {
        text,
        promptTokens: toldTokens(usage.inputTokens) ?? (await countTokens(`${instructions}\n${prompt}`)),
        answerTokens: toldTokens(usage.outputTokens) ?? (await countTokens(text)),
        promptHash: createHash('sha256').update(`${instructions}\0${prompt}`).digest('hex'),
      };
    } catch (error) {
      this.pauseAfter(error);
      throw modelErrorOf(error);
    }
  }

  /** Asks for one JSON object; what stands around it is left out, as models like to write some. */
  async askForJson<T>(
    schema: z.ZodType<T>,
    request: ModelRequest,
    signal?: AbortSignal,
  ): Promise<ModelAnswer & { value: T }> {
    const answer = await this.ask(request, signal);
    const { text, promptTokens, answerTokens } = answer;
    try {
      return {
        ...answer,
        value: schema.parse(JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1), storable)),
      };
    } catch {
      const spent = { promptTokens, answerTokens };
      throw new ModelError('the model did not answer with the JSON asked for', 'BAD_RESPONSE', spent);
    }
  }

  /**
   * Streams an answer, piece by piece. When the provider asks for a pause that leaves time for an answer, it is kept,
   * and the provider asked again. Throws a {@link ModelError} when there is no whole answer in time, or `signal` is
   * aborted; what came until then is an answer that broke off.
   */
  async *stream(request: ChatRequest, signal: AbortSignal): AsyncGenerator<string, ChatEnd> {
    const deadline = Date.now() + this.silenceMs;
    const patience = new Patience(this.silenceMs, this.answerMs);
    const abortSignal = AbortSignal.any([patience.signal, signal]);
    let began = false;
    try {
      for (;;) {
        try {
          await this.pauseIsOver(deadline, abortSignal);
          const pieces = this.streamOnce(request, abortSignal, () => patience.renew());
          for (let next = await pieces.next(); ; next = await pieces.next()) {
            if (next.done) return next.value;
            began = true;
            yield next.value;
          }
        } catch (error) {
          this.pauseAfter(error);
          const failure = modelErrorOf(abortSignal.aborted ? abortSignal.reason : error, began);
          if (began || failure.code !== 'RATE_LIMITED' || this.pausedUntil <= Date.now()) throw failure;
          if (this.pausedUntil >= deadline) throw failure;
        }
      }
    } finally {
      patience.end();
    }
  }

  /** Whatever comes is a sign of life, what a model thinks before it answers too. */
  private async *streamOnce(
    request: ChatRequest,
    abortSignal: AbortSignal,
    signOfLife: () => void,
  ): AsyncGenerator<string, ChatEnd> {
    if (!this.model) throw new ModelError('no model is configured');
    const { stream } = streamText({
      ...request,
      allowSystemInMessages: true,
      model: this.model,
      maxRetries: 0,
      abortSignal,
      onError: () => undefined, // it would be printed, with what was sent
    });
    for await (const part of stream) {
      signOfLife();
      if (part.type === 'text-delta' && part.text !== '') yield part.text;
      if (part.type === 'error') throw part.error;
      if (part.type === 'abort') throw abortSignal.reason;
      if (part.type === 'finish') {
        const { inputTokens, outputTokens } = part.totalUsage;
        return {
          finishReason: part.finishReason,
          promptTokens: toldTokens(inputTokens),
          answerTokens: toldTokens(outputTokens),
        };
      }
    }
    throw new Error('The stream has no end.');
  }

  private async pauseIsOver(deadline: number, signal: AbortSignal): Promise<void> {
    const wait = this.pausedUntil - Date.now();
    if (wait <= 0) return;
    if (this.pausedUntil >= deadline) throw new ModelError(PAUSED, 'RATE_LIMITED');
    await sleep(wait, undefined, { signal });
  }

  /** A provider that says when to come back is not asked before. */
  private pauseAfter(error: unknown): void {
    if (!APICallError.isInstance(error)) return;
    const header = error.responseHeaders?.['retry-after'];
    if (!header) return;
    const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
    if (ms > 0) this.pausedUntil = Date.now() + Math.min(ms, LONGEST_PAUSE_MS);
  }
}
