import { randomUUID } from 'node:crypto';
import { LearningService } from '../../src/profile/learning.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { execute } from '../support/database.js';
import { connect, watch } from '../support/sockets.js';

const FACT = `id category text origin producedBy confidence pinned firstSeen lastSeen
  sources { id question } supersedes { id text }`;
const FIELDS = [
  'interests traits communicationStyle moodPattern goals values preferences dislikes relationships importantPeople',
  'occupation location lifeEvents challenges milestones recurringThemes',
].flatMap((line) => line.split(' '));
const PROFILE = `{ profile { ${FIELDS.map((field) => `${field} { ${FACT} }`).join(' ')}
  conversationTheme understandingLevel totalSessions totalMessages lastSession { id }
  understandingLevels { sessionId level reachedAt } } }`;
const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sessionId sequence } error { message } } }`;
const ADD = `mutation ($input: AddFactInput!) { addFact(input: $input) { ${FACT} } }`;
const CORRECT = `mutation ($input: CorrectFactInput!) { correctFact(input: $input) { ${FACT} } }`;
const PIN = `mutation ($id: UUID!, $pinned: Boolean!) { pinFact(id: $id, pinned: $pinned) { ${FACT} } }`;
const FORGET = 'mutation ($id: UUID!) { forgetFact(id: $id) }';
const END = 'mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }';
const DELETE = 'mutation ($id: UUID!) { deleteInteraction(id: $id) }';

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
async function say(...items: (string | Record<string, unknown>)[]): Promise<any[]> {
  const { recordInteractions } = await ask(RECORD, {
    items: items.map((item) => (typeof item === 'string' ? { question: item, answer: 'I see.' } : item)),
  });
  return recordInteractions.map(({ interaction }: any) => interaction);
}
const learn = () => app.app.get(LearningService).catchUp(userId, 1, () => Promise.resolve());
const isDue = async () => (await app.app.get(LearningService).due()).includes(userId);
const profile = async () => (await ask(PROFILE)).profile;
const texts = (facts: { text: string }[]) => facts.map(({ text }) => text);
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

describe('what is learnt', () => {
  it('is what the user said of themselves, with its sources, and nothing else', async () => {
    const [{ id }] = await say(
      'I work as a nurse, and I live in Lisbon.',
      { question: 'What do I do?', answer: 'I live in Berlin. I love sailing. My sister Berta is a pilot.' },
      'Hi! My sister Anna is visiting. I love hiking, and I hate waiting.',
      "I'm allergic to peanuts. Should I move to Rome?",
      'My goal is to run a marathon. I am struggling with insomnia.',
      'Please keep your answers short. Honesty is important to me.',
      "I'm married. I got promoted!",
      'I just passed my driving test. I have been feeling anxious lately.',
      'My favourite colour is green.',
    );
    await learn();
    const known = await profile();
    expect(known.occupation).toEqual([
      {
        id: expect.any(String),
        category: 'OCCUPATION',
        text: 'Works as a nurse',
        origin: 'LEARNT',
        producedBy: 'patterns',
        confidence: 0.85,
        pinned: false,
        firstSeen: expect.any(String),
        lastSeen: expect.any(String),
        sources: [{ id, question: 'I work as a nurse, and I live in Lisbon.' }],
        supersedes: null,
      },
    ]);
    const byField = Object.fromEntries(FIELDS.map((field) => [field, texts(known[field])]));
    expect(byField).toEqual({
      interests: ['Loves hiking'],
      traits: ['Is allergic to peanuts'],
      communicationStyle: ['Prefers short answers'],
      moodPattern: ['Has been anxious lately'],
      goals: ['Wants to run a marathon'],
      values: ['Finds honesty important'],
      preferences: ['Has green as favourite colour'],
      dislikes: ['Dislikes waiting'],
      relationships: ['Is married'],
      importantPeople: ['Has a sister called Anna'],
      occupation: ['Works as a nurse'],
      location: ['Lives in Lisbon'],
      lifeEvents: ['Got promoted'],
      challenges: ['Struggles with insomnia'],
      milestones: ['Passed their driving test'],
      recurringThemes: [],
    });
  });

  it('becomes surer with each mention, and is told once', async () => {
    await say(
      { question: 'I love hiking.', occurredAt: daysAgo(3) },
      { question: 'I really love hiking!', occurredAt: daysAgo(2) },
      { question: 'Well, I enjoy hiking a lot.', occurredAt: daysAgo(1) },
    );
    await learn();
    const { interests } = await profile();
    expect(interests).toHaveLength(1);
    expect(interests[0].confidence).toBeCloseTo(1 - 0.3 ** 3, 5);
    expect(interests[0].sources).toHaveLength(3);
    expect(interests[0].sources[0].question).toContain('Well'); // newest first
    const ages = [interests[0].firstSeen, interests[0].lastSeen].map((at) => Date.now() - Date.parse(at));
    expect(ages.map((age) => Math.round(age / 86_400_000))).toEqual([3, 1]);
  });

  it('is superseded by what is newer where only one can be so, whatever the order of arrival', async () => {
    await say({ question: 'I live in Lisbon.', occurredAt: daysAgo(9) });
    await learn();
    await say({ question: 'I live in Porto.', occurredAt: daysAgo(5) });
    await learn();
    await say({ question: 'I live in Rome.', occurredAt: daysAgo(7), scope: 'import' });
    await learn();
    const { location } = await profile();
    expect(texts(location)).toEqual(['Lives in Porto']);
    expect(texts([location[0].supersedes])).toEqual(['Lives in Rome']);
    await say({ question: 'I live in Lisbon again.', occurredAt: daysAgo(1) });
    await learn();
    expect(texts((await profile()).location)).toEqual(['Lives in Lisbon']);
  });

  it('holds no secret, and nothing of another speaker', async () => {
    await ask('mutation { updateMe(input: { displayName: "Ada Byron" }) { id } }');
    await say(
      'I collect sk-live-abcdefghijklmnop1234 and stamps.',
      { question: 'I love chess.', metadata: { speakers: { USER: 'Bob' } } },
      { question: 'I love tennis.', metadata: { speakers: { USER: 'Ada' } } },
    );
    await learn();
    const all = JSON.stringify(await profile());
    expect(all).toContain('Loves tennis');
    expect(all).not.toMatch(/chess|"text":"[^"]*(?:sk-live|secret)/);
  });

  it('includes what many sessions are about', async () => {
    for (const day of [4, 3, 2]) {
      const [{ sessionId }] = await say({ question: `Tulips, day ${day}`, occurredAt: daysAgo(day) });
      const context = { topics: ['tulips', `day ${day}`], mood: 'calm', summary: 's' };
      await ask('mutation ($input: EndSessionInput!) { endSession(input: $input) { id } }', {
        input: { id: sessionId, sessionContext: context },
      });
    }
    await learn();
    const { recurringThemes, conversationTheme } = await profile();
    expect(texts(recurringThemes)).toEqual(['tulips']);
    expect(recurringThemes[0].sources).toHaveLength(3);
    expect(conversationTheme).toEqual(['tulips', 'day 2']);
  });
});

describe('when', () => {
  it('a session has ended, or 20 interactions are new', async () => {
    expect(await isDue()).toBe(false);
    const [{ sessionId }] = await say('I live in Lisbon.');
    expect(await isDue()).toBe(false);
    await ask(END, { id: sessionId });
    expect(await isDue()).toBe(true);
    await learn();
    expect(await isDue()).toBe(false);
    expect(texts((await profile()).location)).toEqual(['Lives in Lisbon']);
    await say(...Array.from({ length: 19 }, (_, index) => `Number ${index}`));
    expect(await isDue()).toBe(false);
    const statements = await app.statements(() => say('I love chess.'));
    expect(statements.map(({ name }) => name)).toEqual(['apply_commands']);
    expect(await isDue()).toBe(true);
  });

  it('many processes learn at once, each interaction is learnt from once', async () => {
    const items = Array.from({ length: 100 }, (_, index) => `I love chess. And this is number ${index}.`);
    await say(...items);
    await Promise.all(Array.from({ length: 5 }, learn));
    const { preferences } = await profile();
    expect(preferences).toHaveLength(1);
    const sources = await execute(app.databaseUrl, 'select from fact_sources where user_id = $1', [userId]);
    expect(sources).toHaveLength(100);
  });

  it('it is learnt by the queue, and told live', async () => {
    const other = await startApp({ BACKGROUND_LEARNING: 'true' });
    try {
      const { token: mine } = await other.register();
      const client = connect(other.wsUrl, mine);
      const changes = watch(client, 'subscription { changes(after: 0) { kind } }');
      const { body } = await other.graphql(
        RECORD,
        { items: [{ question: 'I live in Lisbon.', occurredAt: daysAgo(2) }, { question: 'Hello again.' }] },
        mine,
      );
      expect(body.errors).toBeUndefined();
      await execute(other.databaseUrl, "select graphile_worker.add_job('find-unlearnt')");
      const kinds = (await changes.atLeast(6)).map(({ kind }) => kind);
      expect(kinds.at(-1)).toBe('FACTS_LEARNT');
      await client.dispose();
    } finally {
      await other.close();
    }
  });
});

describe('the user', () => {
  it('adds facts, which outlive every session', async () => {
    const input = { category: 'TRAIT', text: '  Is \n left-handed ', pinned: true };
    const { addFact } = await ask(ADD, { input });
    expect(addFact).toMatchObject({ text: 'Is left-handed', origin: 'ADDED', confidence: 1, pinned: true });
    expect((await ask(ADD, { input })).addFact.id).toBe(addFact.id);
    const [{ id }] = await say("I'm left-handed.");
    await learn();
    await ask(DELETE, { id });
    expect((await profile()).traits).toMatchObject([{ id: addFact.id, origin: 'ADDED', confidence: 1 }]);
    await expect(ask(ADD, { input: { category: 'TRAIT', text: ' \n' } })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('corrects facts; what was wrong does not come back', async () => {
    const [{ id }] = await say("I'm allergic to peanuts.");
    await learn();
    const [wrong] = (await profile()).traits;
    const input = { id: wrong.id, text: 'Is allergic to almonds' };
    const { correctFact } = await ask(CORRECT, { input });
    expect(correctFact).toMatchObject({
      text: 'Is allergic to almonds',
      category: 'TRAIT',
      origin: 'CORRECTED',
      confidence: 1,
      sources: [{ id }],
      supersedes: { id: wrong.id, text: 'Is allergic to peanuts' },
    });
    await say("Yes, I'm allergic to peanuts.");
    await learn();
    expect(texts((await profile()).traits)).toEqual(['Is allergic to almonds']);
    await expect(ask(CORRECT, { input })).rejects.toMatchObject({ code: 'CONFLICT' });
    const reworded = { id: correctFact.id, text: 'Is very allergic to almonds', category: 'CHALLENGE' };
    expect((await ask(CORRECT, { input: reworded })).correctFact.category).toBe('CHALLENGE');
    expect((await profile()).traits).toEqual([]);
  });

  it('pins facts, which then nothing supersedes and which outlive their sources', async () => {
    const [{ id }] = await say('I live in Lisbon.');
    await learn();
    const [fact] = (await profile()).location;
    expect((await ask(PIN, { id: fact.id, pinned: true })).pinFact.pinned).toBe(true);
    await say('I live in Porto.');
    await learn();
    await ask(DELETE, { id });
    expect(texts((await profile()).location)).toEqual(['Lives in Lisbon']);
    expect((await ask(PIN, { id: fact.id, pinned: false })).pinFact).toBeNull();
    expect((await profile()).location).toEqual([]);
  });

  it('forgets facts, which stay forgotten however they are said, until they are added again', async () => {
    await say('I love hiking.', 'I love chess.');
    await learn();
    const [fact] = (await profile()).interests;
    expect((await ask(FORGET, { id: fact.id })).forgetFact).toBe(fact.id);
    await expect(ask(FORGET, { id: fact.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await say('I love hiking!', 'I enjoy hiking in Spain.', 'I like chess.');
    await learn();
    let known = await profile();
    expect(known.interests).toEqual([]);
    expect(known.preferences).toHaveLength(1);
    await ask(ADD, { input: { category: 'INTEREST', text: 'Loves hiking' } });
    await say('I love hiking!');
    await learn();
    known = await profile();
    expect(texts(known.interests)).toEqual(['Loves hiking']);
    expect(known.interests[0].sources).toHaveLength(1);
  });

  it('hears of each change live', async () => {
    const client = connect(app.wsUrl, token);
    const changes = watch(client, 'subscription { changes(after: 0) { kind } }');
    const { addFact } = await ask(ADD, { input: { category: 'VALUE', text: 'Values quiet' } });
    await ask(PIN, { id: addFact.id, pinned: true });
    const { correctFact } = await ask(CORRECT, { input: { id: addFact.id, text: 'Values noise' } });
    await ask(FORGET, { id: correctFact.id });
    const kinds = (await changes.atLeast(4)).map(({ kind }) => kind);
    expect(kinds).toEqual(['FACT_ADDED', 'FACT_PINNED', 'FACT_CORRECTED', 'FACT_FORGOTTEN']);
    await client.dispose();
  });

  it('reaches facts of nobody else', async () => {
    const { addFact } = await ask(ADD, { input: { category: 'VALUE', text: 'Values quiet' } });
    ({ token, userId } = await app.register());
    for (const [query, variables] of [
      [CORRECT, { input: { id: addFact.id, text: 'Mine' } }],
      [PIN, { id: addFact.id, pinned: true }],
      [FORGET, { id: addFact.id }],
    ] as const) {
      await expect(ask(query, variables)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('a deletion', () => {
  it('takes what was learnt from it, or what it added to the certainty of it', async () => {
    const [first, second] = await say('I love hiking.', 'I love hiking, really.', 'I love chess.');
    await learn();
    const level = (await profile()).understandingLevel;
    await ask(DELETE, { id: first.id });
    let known = await profile();
    expect(known.interests[0]).toMatchObject({ confidence: 0.7, sources: [{ id: second.id }] });
    await ask(DELETE, { id: second.id });
    known = await profile();
    expect(known.interests).toEqual([]);
    expect(known.preferences).toHaveLength(1);
    expect(known.understandingLevel).toBeLessThanOrEqual(level);
    await ask('mutation ($id: UUID!) { deleteSession(id: $id) }', { id: second.sessionId });
    expect((await profile()).preferences).toEqual([]);
  });

  it('puts back in force what the deleted had superseded', async () => {
    await say({ question: 'I live in Lisbon.', occurredAt: daysAgo(2) });
    const [{ id }] = await say('I live in Porto.');
    await learn();
    await ask(DELETE, { id });
    expect(texts((await profile()).location)).toEqual(['Lives in Lisbon']);
  });
});

describe('the level of understanding', () => {
  it('is the same formula now and after each session, and grows with every session', async () => {
    for (const day of [5, 4, 3, 2, 1]) {
      await say(
        ...[
          'I love chess.',
          `My friend Eve${'abcde'[day - 1]} called.`,
          'I live in Lisbon.',
          'Hello?',
          'Yes?',
        ].map((question) => ({ question, answer: 'Well.', occurredAt: daysAgo(day) })),
      );
    }
    await ask('mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }', {
      id: (await profile()).lastSession.id,
    });
    await learn();
    const { understandingLevel, understandingLevels, totalSessions, totalMessages, ...known } =
      await profile();
    expect([totalSessions, totalMessages]).toEqual([5, 50]);
    const facts = FIELDS.flatMap((field) => known[field] as { confidence: number }[]);
    const knowledge = facts.reduce((sum, { confidence }) => sum + confidence, 0);
    const x = 5 / 25 + 50 / 500 + knowledge / 30;
    expect(understandingLevel).toBe(Math.round(100 * (1 - Math.exp(-x))));
    const levels = understandingLevels.map(({ level }: any) => level);
    expect(levels).toHaveLength(5);
    expect(levels[0]).toBe(understandingLevel);
    expect([...levels].sort((one, other) => other - one)).toEqual(levels);
    expect(new Set(levels).size).toBe(5);
    await ask('mutation ($id: UUID!) { deleteSession(id: $id) }', { id: understandingLevels[0].sessionId });
    expect((await profile()).understandingLevels).toHaveLength(4);
  });
});

it('an empty profile is empty', async () => {
  expect(await profile()).toMatchObject({
    interests: [],
    conversationTheme: [],
    understandingLevel: 0,
    totalSessions: 0,
    totalMessages: 0,
    lastSession: null,
    understandingLevels: [],
  });
  await expect(ask(FORGET, { id: randomUUID() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
