import { createHash } from 'node:crypto';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Inject, Injectable } from '@nestjs/common';
import { APICallError, generateText, type LanguageModel } from 'ai';
import type { z } from 'zod';
import { countTokens } from '../common/tokens.js';
import { CONFIG, type Config } from '../config/config.js';

/** What a model is asked. */
export interface ModelRequest {
  /** What it is to do. Nothing that a user said belongs here. */
  instructions: string;
  /** What it is to do it with. */
  prompt: string;
  maxOutputTokens: number;
}

/** What a model answered, and what that took. */
export interface ModelAnswer {
  text: string;
  /** As the provider counted; counted here (o200k_base) where it does not tell. */
  promptTokens: number;
  answerTokens: number;
  /** SHA-256 of all that it was sent. */
  promptHash: string;
}

/** Why a model gave no answer that can be used. Its message holds neither the key nor a word of what was said. */
export class ModelError extends Error {
  override name = 'ModelError';
}

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
  private readonly timeoutMs: number;
  private pausedUntil = 0;

  constructor(@Inject(CONFIG) { LLM_BASE_URL, LLM_API_KEY, LLM_MODEL, LLM_TIMEOUT_SECONDS }: Config) {
    this.name = LLM_BASE_URL && LLM_MODEL ? LLM_MODEL : null;
    this.timeoutMs = LLM_TIMEOUT_SECONDS * 1000;
    const provider = createOpenAICompatible({
      name: 'llm',
      baseURL: LLM_BASE_URL ?? '',
      ...(LLM_API_KEY && { apiKey: LLM_API_KEY }),
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
    if (wait > 0) throw new ModelError(`the model asked for a pause of ${Math.ceil(wait / 1000)} s more`);
    try {
      const { text, usage } = await generateText({
        model: this.model,
        instructions,
        prompt,
        maxOutputTokens,
        temperature: 0,
        maxRetries: 0,
        abortSignal: AbortSignal.any([AbortSignal.timeout(this.timeoutMs), ...(signal ? [signal] : [])]),
      });
      return {
        text,
        promptTokens: usage.inputTokens ?? (await countTokens(`${instructions}\n${prompt}`)),
        answerTokens: usage.outputTokens ?? (await countTokens(text)),
        promptHash: createHash('sha256').update(`${instructions}\0${prompt}`).digest('hex'),
      };
    } catch (error) {
      this.pauseAfter(error);
      throw new ModelError(reasonOf(error));
    }
  }

  /** Asks for one JSON object; what stands around it is left out, as models like to write some. */
  async askForJson<T>(
    schema: z.ZodType<T>,
    request: ModelRequest,
    signal?: AbortSignal,
  ): Promise<ModelAnswer & { value: T }> {
    const answer = await this.ask(request, signal);
    const { text } = answer;
    try {
      return {
        ...answer,
        value: schema.parse(JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))),
      };
    } catch {
      throw new ModelError('the model did not answer with the JSON asked for');
    }
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

/** The library's own messages may quote what was sent or received. */
function reasonOf(error: unknown): string {
  if (APICallError.isInstance(error)) {
    return error.statusCode
      ? `the model answered with status ${error.statusCode}`
      : 'the model cannot be reached';
  }
  const { name } = error as Error;
  return name === 'TimeoutError' || name === 'AbortError'
    ? 'the model took too long'
    : `the model failed (${name})`;
}
