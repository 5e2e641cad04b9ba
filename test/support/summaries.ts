import { setTimeout as sleep } from 'node:timers/promises';
import type { TestApp } from './app.js';
import { execute } from './database.js';

export const SUMMARY = `id level fromSequence toSequence text tokens producedBy promptHash pinned supersededBy revertedAt
  sources(first: 100) { edges { node { id sequence question } } }`;
const START = 'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }';
export const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sequence } error { code } } }`;
const READ = `query ($id: UUID!) { session(id: $id) {
  contextSummary sessionContext summaries { ${SUMMARY} } history: summaries(history: true) { ${SUMMARY} }
  interactions(first: 100) { edges { node { id sequence question answer questionTokens answerTokens } } } } }`;
export const NOW = `mutation ($id: UUID!) { summarizeSession(id: $id) { ${SUMMARY} } }`;

/** Turns of about 60 tokens, each with words of its own. */
const turns = (sessionId: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => {
    const n = from + index;
    return {
      sessionId,
      question: `What did the gardener plant in bed number ${n} beside the old wall last autumn, and why there?`,
      answer:
        `In bed ${n} the gardener planted variety${n} tulips. They need shade in the afternoon. ` +
        `The wall keeps the wind away, and bed ${n} drains well after rain.`,
    };
  });

/** An application and what one of its users can do. */
export async function personOf(app: TestApp) {
  const { token, userId } = await app.register();
  const ask = (query: string, variables?: object) => app.ask(query, variables, token);
  const start = async (tokenLimit = 400): Promise<string> =>
    (await ask(START, { input: { tokenLimit } })).startSession.id;
  const record = async (sessionId: string, count: number, from = 0): Promise<any[]> =>
    (await ask(RECORD, { items: turns(sessionId, count, from) })).recordInteractions.map(
      ({ interaction }: any) => interaction,
    );
  const read = async (id: string) => (await ask(READ, { id })).session;
  const until = async (id: string, is: (session: any) => boolean) => {
    for (let tries = 0; tries < 100; tries++) {
      const session = await read(id);
      if (is(session)) return session;
      await sleep(100);
    }
    throw new Error(`It did not happen: ${JSON.stringify(await read(id))}`);
  };
  return { token, userId, ask, start, record, read, until };
}
export type Person = Awaited<ReturnType<typeof personOf>>;

export const isDue = async (app: TestApp, sessionId: string): Promise<boolean> => {
  const [session] = await execute(
    app.databaseUrl,
    'select is_heavy(s) or undescribed_to(s) is not null as due from sessions s where id = $1',
    [sessionId],
  );
  return (session as { due: boolean }).due;
};
