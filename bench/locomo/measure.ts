import type { Conversation, Question } from './conversations.ts';
import { run } from './service.ts';

export const BUDGETS = [1000, 2000, 4000, 8000];
export const DEPTHS = [5, 10, 20];

/** What one question came to: the share of its evidence in a context of each budget, and among the first hits. */
export interface Measured {
  category: number;
  coverage: number[];
  recall: number[];
}

const ADD = `mutation ($input: AddMessageInput!) { addMessage(input: $input) { message { interactionId } } }`;
const BUILD = `query ($input: BuildContextInput!) { buildContext(input: $input) {
  tokens systemPrompt messages { content } sources { id role } } }`;
const RECALL = `query ($query: String!) { recall(query: $query, first: 20) { role interaction { id } } }`;

/** Of each context that was asked for. */
export const milliseconds: number[] = [];

/** Replays a conversation with its times, as a chat client would. Returns the key of each turn's utterance. */
export async function replay(url: string, token: string, { turns }: Conversation): Promise<string[]> {
  const keys: string[] = [];
  for (const { role, speaker, text, at } of turns) {
    const metadata = { speakers: { [role]: speaker } };
    const input = { role, content: text, occurredAt: at.toISOString(), metadata };
    const { addMessage } = await run(url, token, ADD, { input });
    keys.push(`${addMessage.message.interactionId} ${role}`);
  }
  return keys;
}

export async function measure(
  url: string,
  token: string,
  { text, category, evidence }: Question,
  turns: Conversation['turns'],
  keys: string[],
): Promise<Measured> {
  const share = (has: (position: number) => boolean) => evidence.filter(has).length / evidence.length;
  const coverage: number[] = [];
  for (const tokenBudget of BUDGETS) {
    const start = performance.now();
    const { buildContext } = await run(url, token, BUILD, { input: { query: text, tokenBudget } });
    milliseconds.push(performance.now() - start);
    if (buildContext.tokens > tokenBudget)
      throw new Error(`A context of ${tokenBudget} has ${buildContext.tokens}.`);
    const sources = new Set(buildContext.sources.map(({ id, role }: any) => `${id} ${role}`));
    // What is said to be in must stand there, word for word.
    const said = flat(
      [buildContext.systemPrompt, ...buildContext.messages.map((one: any) => one.content)].join('\n'),
    );
    const stands = (position: number) => said.includes(flat(turns[position]!.text));
    const missing = evidence.filter((position) => sources.has(keys[position]!) && !stands(position));
    if (missing.length > 0) throw new Error('A source does not stand in its context.');
    coverage.push(share((position) => sources.has(keys[position]!)));
  }
  const { recall } = await run(url, token, RECALL, { query: text });
  const hits = recall.map(({ role, interaction }: any) => `${interaction.id} ${role}`) as string[];
  return {
    category,
    coverage,
    recall: DEPTHS.map((depth) => share((position) => hits.slice(0, depth).includes(keys[position]!))),
  };
}

/** Without the indentation of lines within a text. */
const flat = (text: string): string => text.replace(/\s+/g, ' ');
