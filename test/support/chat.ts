import type { TestApp } from './app.js';
import { connect, until, watch, type Watch } from './sockets.js';

const TURN = `id status question answer answerTokens error errorCode contextUsed sessionId
  contextSources { id role why } usage { promptTokens answerTokens calls }
  versions { version status answer answerTokens error errorCode model finishReason rating startedAt firstTokenAt completedAt }`;
const SEND = `mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { interaction { ${TURN} } session { id interactionCount errorCount inputTokens outputTokens } } }`;
const REGENERATE = `mutation ($id: UUID!, $wait: Boolean) {
  regenerateAnswer(interactionId: $id, wait: $wait) { interaction { ${TURN} } } }`;
const CANCEL = `mutation ($id: UUID!) { cancelAnswer(interactionId: $id) { ${TURN} } }`;
const READ = `query ($id: UUID!) { interaction(id: $id) { ${TURN} } }`;
export const STREAM = `subscription ($id: UUID!) { answerStreamed(interactionId: $id) {
  interactionId version offset text done status error errorCode interaction { id status answer answerTokens errorCode } } }`;
const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { id } session { id } } }`;

/** Somebody who chats, through one process or another. */
export async function chatterOf(home: TestApp) {
  const { token, userId } = await home.register();
  const ask = (query: string, variables?: object, app = home) => app.ask(query, variables, token);
  const sendOver = async (app: TestApp, input: object) => (await ask(SEND, { input }, app)).sendMessage;
  const stream = (id: string, app = home): Watch => watch(connect(app.wsUrl, token, 0), STREAM, { id });
  return {
    token,
    userId,
    ask,
    sendOver,
    send: (input: object) => sendOver(home, input),
    record: async (input: object) => (await ask(RECORD, { input })).recordInteraction,
    read: async (id: string) => (await ask(READ, { id })).interaction,
    regenerate: async (id: string, wait = false) =>
      (await ask(REGENERATE, { id, wait })).regenerateAnswer.interaction,
    cancel: async (id: string, app = home) => (await ask(CANCEL, { id }, app)).cancelAnswer,
    stream,
    /** The interaction, once nobody writes it any more. */
    answered: async (id: string) => (await stream(id).ended).at(-1).interaction,
  };
}

/** The text that the pieces make, if they join without gap or repetition. */
export function joined(pieces: readonly { offset: number; text: string; version: number }[]): string {
  return pieces.reduce((text, piece) => {
    if (piece.offset !== text.length) throw new Error(`A piece at ${piece.offset} after ${text.length}.`);
    return text + piece.text;
  }, '');
}

/** Resolves when so much of the answer has been shown. */
export async function shown({ events }: Watch, text: string, milliseconds?: number): Promise<void> {
  await until(() => joined(events) === text, milliseconds);
}
