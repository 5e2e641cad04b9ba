import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';

const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sessionId } error { message } } }`;
const RECALL = `query ($query: String!, $first: Int, $filter: RecallFilterInput, $neighbours: Int) {
  recall(query: $query, first: $first, filter: $filter, neighbours: $neighbours) {
    role score interaction { id sessionId question answer }
    highlights { text ranges { start end } } neighbours { question } } }`;

let app: TestApp;
let token: string;
let userId: string;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token, userId } = await app.register());
});

const ask = (query: string, variables?: object) => app.ask(query, variables, token);

/** Stores turns, each as `[question, answer]` or an input; returns the interactions. */
async function tell(turns: ([string, string?] | Record<string, unknown>)[]) {
  const items = turns.map((turn) => (Array.isArray(turn) ? { question: turn[0], answer: turn[1] } : turn));
  const { recordInteractions } = await ask(RECORD, { items });
  for (const { error } of recordInteractions) expect(error).toBeNull();
  return recordInteractions.map(({ interaction }: any) => interaction);
}
const recall = async (query: string, more: Record<string, unknown> = {}): Promise<any[]> =>
  (await ask(RECALL, { query, ...more })).recall;
const texts = (hits: any[]) =>
  hits.map(({ role, interaction }) => (role === 'USER' ? interaction.question : interaction.answer));
const best = async (query: string) => texts(await recall(query, { first: 1 }))[0];

const SMALL_TALK: [string, string][] = [
  ['How is the weather?', 'Sunny with some clouds.'],
  ['Tell me a joke.', 'I would rather not.'],
  ['What shall we cook?', 'Pasta is always fine.'],
];

describe('recall', () => {
  it('finds exact words, their forms, names and typos, without case and accents', async () => {
    await tell([
      ...SMALL_TALK,
      ['My sister Zoë adopted two kittens.', 'Lovely! What are their names?'],
      ['We flew to Reykjavík in winter.', 'How were the glaciers?'],
    ]);
    expect(await best('kitten adoption')).toBe('My sister Zoë adopted two kittens.');
    expect(await best('ZOE')).toBe('My sister Zoë adopted two kittens.');
    expect(await best('Rekjavik')).toBe('We flew to Reykjavík in winter.');
    expect(await best('glaceirs')).toBe('How were the glaciers?');
    expect(await recall('helicopter')).toEqual([]);
    expect(await recall('the and of')).toEqual([]);
  });

  it('finds Chinese, Japanese, Korean and Thai, down to a single character', async () => {
    await tell([
      ...SMALL_TALK,
      ['我喜欢养猫', '真好'],
      ['寿司を食べたい', '了解'],
      ['커피를 마셨다', 'ดีมาก ชอบกาแฟ'],
    ]);
    expect(await best('喜欢')).toBe('我喜欢养猫');
    expect(await best('猫')).toBe('我喜欢养猫');
    expect(await best('寿司')).toBe('寿司を食べたい');
    expect(await best('커피')).toBe('커피를 마셨다');
    expect(await best('กาแฟ')).toBe('ดีมาก ชอบกาแฟ');
  });

  it('holds to quoted phrases and exclusions', async () => {
    await tell([
      ['The blue whale is large.'],
      ['A whale, blue from the cold?'],
      ['The whale museum opens late.'],
      ['Nothing of the kind.'],
    ]);
    expect(texts(await recall('"blue whale"'))).toEqual(['The blue whale is large.']);
    const without = texts(await recall('whale -museum'));
    expect(without).toContain('The blue whale is large.');
    expect(without).not.toContain('The whale museum opens late.');
    expect(texts(await recall('whale -"blue whale"'))).not.toContain('The blue whale is large.');
  });

  it('ranks an answer found by the question before it, and shows neighbours and highlights', async () => {
    const [, , , wedding] = await tell([
      ...SMALL_TALK,
      ['Where did the wedding of Tom take place?', 'In Ravello, above the sea.'],
      ['And the food?', 'Lemon cake.'],
    ]);
    const hits = await recall('wedding Tom', { first: 2, neighbours: 1 });
    expect(hits.map(({ role, interaction }) => [role, interaction.id])).toEqual([
      ['USER', wedding.id],
      ['ASSISTANT', wedding.id],
    ]);
    expect(hits[0].score).toBeGreaterThan(hits[1].score);
    expect(hits[0].neighbours.map(({ question }: any) => question)).toEqual([
      'What shall we cook?',
      'And the food?',
    ]);
    const [{ text, ranges }] = hits[0].highlights;
    expect(ranges.map(({ start, end }: any) => text.slice(start, end))).toEqual(['wedding', 'Tom']);
    expect(hits[1].highlights).toEqual([]);
  });

  it('prefers the speaker and the day that the query names', async () => {
    const speakers = { USER: 'Caroline', ASSISTANT: 'Melanie' };
    await tell([
      {
        question: 'I ran a race.',
        answer: 'I ran a race too!',
        metadata: { speakers },
        occurredAt: '2023-05-08T10:00:00Z',
      },
      {
        question: 'I ran home.',
        answer: 'So did I.',
        metadata: { speakers },
        occurredAt: '2023-06-09T10:00:00Z',
      },
    ]);
    expect(await best('What race did Melanie run?')).toBe('I ran a race too!');
    expect(await best('What race did Caroline run?')).toBe('I ran a race.');
    expect(await best('Who ran on 9 June 2023?')).toBe('I ran home.');
    expect(await best('Who ran in May 2023?')).toMatch(/race/);
  });

  it('filters by session, project, type, channel, scope, start and role', async () => {
    const projectId = randomUUID();
    const { startSession } = await ask(
      'mutation ($input: StartSessionInput!) { startSession(input: $input) { id } }',
      { input: { scope: 'b', channel: 'telegram', type: 'VOICE_CALL', projectId } },
    );
    const [one, other] = await tell([
      {
        question: 'jazz in the park',
        answer: 'jazz yes',
        channel: 'web',
        scope: 'a',
        occurredAt: '2024-01-05T10:00:00Z',
      },
      { question: 'jazz at home', sessionId: startSession.id },
    ]);
    const only = async (filter: object) => texts(await recall('jazz', { filter })).sort();
    expect(await only({})).toHaveLength(3);
    expect(await only({ sessionId: other.sessionId })).toEqual(['jazz at home']);
    expect(await only({ type: 'VOICE_CALL' })).toEqual(['jazz at home']);
    expect(await only({ channel: 'web', roles: ['ASSISTANT'] })).toEqual(['jazz yes']);
    expect(await only({ scope: 'a' })).toEqual(['jazz in the park', 'jazz yes']);
    expect(await only({ startedBefore: '2024-02-01T00:00:00Z' })).toHaveLength(2);
    expect(await only({ startedFrom: '2024-02-01T00:00:00Z' })).toEqual(['jazz at home']);
    expect(await only({ projectId })).toEqual(['jazz at home']);
    expect(await only({ projectId: randomUUID() })).toEqual([]);
    expect(one.sessionId).not.toBe(other.sessionId);
    await expect(recall('jazz', { filter: { sessionId: randomUUID() } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(recall('jazz', { filter: { roles: ['TOOL'] } })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('is two statements in one flush, and one more for the texts', async () => {
    await tell(SMALL_TALK);
    const sent = await app.statements(() => recall('weather'));
    expect(sent.map(({ name, lane }) => `${lane} ${name}`)).toEqual([
      'pipeline recall_blocks',
      'pipeline recall_turns',
      'pipeline interactions_at',
    ]);
  });
});

describe('blocks', () => {
  const COUNT = 700;
  const secret = (index: number) => `code${index}alpha`;
  const turns = (from: number, count: number): [string, string][] =>
    Array.from({ length: count }, (_, index) => [
      `Turn ${from + index} is about ${secret(from + index)} and gardens.`,
      `Noted, 第${from + index}号.`,
    ]);
  const storedBlocks = async () =>
    (await execute(
      app.databaseUrl,
      `select from_sequence, to_sequence, postings::text as words from recall_blocks where user_id = $1 order by 1`,
      [userId],
    )) as { from_sequence: string; words: string | null }[];
  /** The background has nothing to do any more. */
  async function sealed(count: number) {
    await recall('gardens');
    for (let tries = 0; tries < 200; tries++) {
      const blocks = await storedBlocks();
      if (blocks.length === count && blocks.every(({ words }) => words !== null)) return blocks;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('Nothing was sealed.');
  }

  it('answer as the texts did, forget with what is deleted, and heal', async () => {
    const interactions = [];
    for (let from = 0; from < COUNT; from += 350) interactions.push(...(await tell(turns(from, 350))));
    const questions = [
      'gardens',
      secret(3),
      'about code650alpha',
      secret(420).replace('l', ''),
      '第17号',
      '"turn 555"',
    ];
    const answers = async () => Promise.all(questions.map(async (query) => texts(await recall(query))));
    const before = await answers();
    const blocks = await sealed(2);
    expect(JSON.stringify(blocks)).toContain(secret(3));
    expect(await answers()).toEqual(before);
    expect(before.map(([first]) => first)).toEqual(
      [699, 3, 650, 420, 17, 555].map((index) => turns(index, 1)[0]![index === 17 ? 1 : 0]),
    );

    await ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: interactions[3].id });
    const after = await storedBlocks();
    expect(after.map(({ words }) => words === null)).toEqual([true, false]);
    expect(texts(await recall(secret(3)))[0]).not.toBe(turns(3, 1)[0]![0]);
    expect(texts(await recall(secret(4)))[0]).toBe(turns(4, 1)[0]![0]);
    const healed = await sealed(2);
    expect(JSON.stringify(healed)).not.toContain(secret(3));

    await ask('mutation ($id: UUID!) { clearMessages(id: $id) { id } }', { id: interactions[0].sessionId });
    expect(JSON.stringify(await storedBlocks())).not.toContain('alpha');
    expect(await recall('gardens')).toEqual([]);
    await sealed(0);
  });

  it('are blank again when a turn in them is completed late', async () => {
    const OPEN = 'mutation { openInteraction(input: { question: "Which fish?" }) { interaction { id } } }';
    const COMPLETE = `mutation ($input: CompleteInteractionInput!) { completeInteraction(input: $input) { interaction { id } } }`;
    const { id } = (await ask(OPEN)).openInteraction.interaction;
    await tell(turns(0, 400));
    await sealed(1);
    await ask(COMPLETE, { input: { id, answer: 'The coelacanth.' } });
    expect(await best('coelacanth')).toBe('The coelacanth.');
    expect(JSON.stringify(await sealed(1))).toContain('coelacanth');
    expect(await best('coelacanth')).toBe('The coelacanth.');
  });

  it('are waited for when a long history was imported at once', async () => {
    for (let from = 0; from < 1500; from += 500) await tell(turns(from, 500));
    expect(await best(secret(7))).toBe(turns(7, 1)[0]![0]);
    expect(await storedBlocks()).toHaveLength(5);
  });

  it('go with their user', async () => {
    await tell(turns(0, 400));
    await sealed(1);
    await ask('mutation { deleteMe(password: "correct horse battery") { at } }');
    expect(await storedBlocks()).toEqual([]);
  });
});
