import type { TestApp } from './app.js';

export const START = 'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }';
export const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sessionId } error { code } } }`;
export const FORK = `mutation ($input: ForkSessionInput!) { forkSession(input: $input) {
  id title tags state scope type active parentSessionId } }`;
const DELETE = 'mutation ($id: UUID!) { deleteSession(id: $id) }';
const CLEAR = 'mutation ($id: UUID!) { clearMessages(id: $id) { id } }';
const FORGET = 'mutation ($id: UUID!) { deleteInteraction(id: $id) }';
const LINEAGE = `query ($id: UUID!) { session(id: $id) {
  active endReason interactionCount inheritedInteractionCount userMessageCount parent { id } forkPoint { question }
  forks { edges { node { id } } } } }`;
const INTERACTIONS = `query ($id: UUID!, $first: Int, $after: String, $last: Int, $before: String) { session(id: $id) {
  interactions(first: $first, after: $after, last: $last, before: $before) {
    edges { node { id question } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
const MESSAGES = `query ($id: UUID!) { session(id: $id) { messages(first: 100) { edges { node { content } } } } }`;
export const RECALL = `query ($query: String!, $filter: RecallFilterInput, $askedIn: UUID) {
  recall(query: $query, first: 100, filter: $filter, askedIn: $askedIn) { role interaction { question } } }`;
const CONTEXT = `query ($input: BuildContextInput!) { buildContext(input: $input) {
  systemPrompt messages { role content } } }`;
const TREE = `query ($id: UUID!) { sessionTree(id: $id) { sessions { id parentSessionId } truncated } }`;

/** Somebody whose sessions are forked. */
export async function personOf(app: TestApp) {
  const { token, userId } = await app.register();
  const ask = (query: string, variables?: object) => app.ask(query, variables, token);
  const start = async (input: object = {}): Promise<string> => (await ask(START, { input })).startSession.id;
  /** Each a turn with its text as the question. */
  const say = async (sessionId: string, ...texts: string[]): Promise<string[]> => {
    const items = texts.map((text) => ({ sessionId, question: text, answer: `${text}?` }));
    const { recordInteractions } = await ask(RECORD, { items });
    return recordInteractions.map(({ interaction }: any) => interaction.id);
  };
  const fork = async (sessionId: string, atInteraction: string, more: object = {}) =>
    (await ask(FORK, { input: { sessionId, atInteraction, ...more } })).forkSession;
  const pages = async (id: string, size: number, backward = false): Promise<string[]> => {
    const said: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const args = backward ? { last: size, before: cursor } : { first: size, after: cursor };
      const { edges, pageInfo } = (await ask(INTERACTIONS, { id, ...args })).session.interactions;
      const page = edges.map(({ node }: any) => node.question);
      if (backward) said.unshift(...page);
      else said.push(...page);
      more = backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage;
      cursor = backward ? pageInfo.startCursor : pageInfo.endCursor;
    }
    return said;
  };
  const history = (id: string) => pages(id, 100);
  const lineage = async (id: string) => (await ask(LINEAGE, { id })).session;
  const remove = (id: string) => ask(DELETE, { id });
  const clear = (id: string) => ask(CLEAR, { id });
  const forget = (id: string) => ask(FORGET, { id });
  const tree = async (id: string) => (await ask(TREE, { id })).sessionTree;
  const messages = async (id: string): Promise<string[]> =>
    (await ask(MESSAGES, { id })).session.messages.edges.map(({ node }: any) => node.content);
  /** The questions that are found by a word that all have. */
  const recall = async ({ askedIn, filter }: { askedIn?: string; filter?: object }): Promise<string[]> => {
    const variables = { query: 'remember', askedIn, filter: { roles: ['USER'], ...filter } };
    return (await ask(RECALL, variables)).recall.map(({ interaction }: any) => interaction.question).sort();
  };
  const context = async (sessionId: string) =>
    (await ask(CONTEXT, { input: { sessionId, query: 'remember', tokenBudget: 100_000, maxRecent: 100 } }))
      .buildContext;
  return {
    token,
    userId,
    messages,
    recall,
    context,
    ask,
    start,
    say,
    fork,
    pages,
    history,
    lineage,
    remove,
    clear,
    forget,
    tree,
  };
}
export type Person = Awaited<ReturnType<typeof personOf>>;
