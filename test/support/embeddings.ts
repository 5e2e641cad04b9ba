import pg from 'pg';
import { EmbeddingsService } from '../../src/embeddings/embeddings.service.js';
import type { TestApp } from './app.js';

export const RECALL = `query ($query: String!, $first: Int, $filter: RecallFilterInput) {
  recall(query: $query, first: $first, filter: $filter) {
    role score foundBy interaction { id question answer } highlights { text } } }`;
export const CONTEXT = `query ($input: BuildContextInput!) { buildContext(input: $input) {
  systemPrompt retrieval sources { id role why score } } }`;

/** What was found, as texts. */
export const texts = (hits: any[]) =>
  hits.map(({ role, interaction }) => (role === 'USER' ? interaction.question : interaction.answer));

export const health = async ({ url }: TestApp) => {
  const response = await fetch(`${url}/health/ready`);
  expect(response.status).toBe(200);
  return ((await response.json()) as any).details.embeddings;
};

/** What the queue does each minute, for as long as somebody is behind: a run of the queue may be under way. */
export async function embedAll({ app }: TestApp): Promise<void> {
  const service = app.get(EmbeddingsService);
  do await service.catchUp(new AbortController().signal);
  while ((await service.usersBehind()) > 0);
}

/** As the role that the service works as, in a transaction of its own. */
export async function asService(url: string, text: string, values: unknown[] = []): Promise<any[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query('begin');
    await client.query('set local role recollect_app');
    return (await client.query(text, values)).rows;
  } finally {
    await client.query('rollback');
    await client.end();
  }
}
