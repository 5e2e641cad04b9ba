import { APICallError } from 'ai';

/** Why a model gave no whole answer. */
type ModelErrorCode = 'TIMEOUT' | 'RATE_LIMITED' | 'UNAVAILABLE' | 'REJECTED' | 'BAD_RESPONSE' | 'CUT_OFF';

/** Tokens of one call. */
export interface Spent {
  promptTokens: number;
  answerTokens: number;
}

/** A model gave no answer that can be used. The message holds neither the key nor a word of what was said. */
export class ModelError extends Error {
  override name = 'ModelError';

  constructor(
    message: string,
    readonly code: ModelErrorCode = 'UNAVAILABLE',
    /** Of an answer that came whole and was of no use. */
    readonly spent: Spent | null = null,
  ) {
    super(message);
  }
}

/**
 * What the library or the network threw, without its own message, which may quote what was sent or received. `began`:
 * whether a part of the answer had come.
 */
export function modelErrorOf(error: unknown, began = false): ModelError {
  if (error instanceof ModelError) return error;
  const { name } = Object(error) as { name?: string };
  if (name === 'TimeoutError' || name === 'AbortError') {
    return new ModelError('the model took too long', 'TIMEOUT');
  }
  if (began) return new ModelError('the answer of the model broke off', 'CUT_OFF');
  if (APICallError.isInstance(error)) {
    if (error.statusCode === undefined) return new ModelError('the model cannot be reached');
    if (error.statusCode >= 400) return ofStatus(error.statusCode);
  }
  return new ModelError('the model did not answer as an OpenAI-compatible endpoint does', 'BAD_RESPONSE');
}

function ofStatus(status: number): ModelError {
  const message = `the model answered with status ${status}`;
  if (status === 429) return new ModelError(message, 'RATE_LIMITED');
  return new ModelError(message, status >= 500 || status === 408 ? 'UNAVAILABLE' : 'REJECTED');
}
