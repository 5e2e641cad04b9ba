import { maskError } from '../graphql/error-mask.js';
import { ModelError } from '../model/language-model.service.js';

/** Why an answer is not whole, as its interaction tells it. */
export interface Failure {
  code: string;
  message: string;
}

export const CANCELLED: Failure = { code: 'CANCELLED', message: 'The answer was cancelled.' };
export const INTERRUPTED: Failure = {
  code: 'INTERRUPTED',
  message: 'The process that wrote the answer was stopped.',
};
export const TOO_LONG: Failure = { code: 'TOO_LONG', message: 'The answer went on for too long.' };
export const NO_ANSWER: Failure = { code: 'BAD_RESPONSE', message: 'The model answered nothing.' };

/** Whoever aborts says why. Errors that nobody expected are logged, and told by their id. */
export function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return signal.reason as Failure;
  if (error instanceof ModelError) {
    const message = `${error.message[0]!.toUpperCase()}${error.message.slice(1)}.`;
    return { code: error.code, message };
  }
  const { message, extensions } = maskError(error);
  return { code: String(extensions?.code), message };
}
