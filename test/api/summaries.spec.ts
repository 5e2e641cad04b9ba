import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type TestApp } from '../support/app.js';
import { execute, tablesWith } from '../support/database.js';
import { connect, watch } from '../support/sockets.js';
import { isDue, NOW, personOf, RECORD, SUMMARY, type Person } from '../support/summaries.js';

const REVERT = `mutation ($id: UUID!) { revertSummary(id: $id) { ${SUMMARY} } }`;
const PIN = 'mutation ($id: UUID!, $pinned: Boolean!) { pinSummary(id: $id, pinned: $pinned) { pinned } }';
const DELETE = 'mutation ($id: UUID!) { deleteInteraction(id: $id) }';
const CLEAR = 'mutation ($id: UUID!) { clearMessages(id: $id) { id } }';
const UPDATE = 'mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { id } }';
const END = 'mutation ($input: EndSessionInput!) { endSession(input: $input) { id } }';

/** Ranges in force do not overlap, and each interaction is live or covered by exactly one of them. */
function expectWhole({ summaries, interactions }: any): void {
  for (const [index, summary] of summaries.entries()) {
    if (index > 0) expect(summary.fromSequence).toBeGreaterThan(summaries[index - 1].toSequence);
  }
  for (const { node } of interactions.edges) {
    const covering = summaries.filter(
      (one: any) => one.fromSequence <= node.sequence && node.sequence <= one.toSequence,
    );
    expect(covering.length).toBeLessThanOrEqual(1);
  }
}

describe('in the background', () => {
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    app = await startApp({ BACKGROUND_SUMMARIES: 'true' });
  });
  beforeEach(async () => {
    ada = await personOf(app);
  });
  afterAll(() => app.close());

  it('the older 70 % of a long live part becomes a summary; the log stays as it is; it is told live', async () => {
    const id = await ada.start();
    await ada.record(id, 4);
    expect(await isDue(app, id)).toBe(false); // 8 messages
    const statements = await app.statements(() => ada.record(id, 2, 4));
    expect(statements.map(({ name }) => name)).toEqual(['apply_commands']);
    const client = connect(app.wsUrl, ada.token);
    const changes = watch(
      client,
      'subscription { changes(after: 0) { revision kind sessionId session { summaries { level } } } }',
    );
    const before = (await ada.read(id)).interactions;
    const session = await ada.until(id, ({ summaries }) => summaries.length > 0);
    const [summary] = session.summaries;
    expect(session.summaries).toHaveLength(1);
    expect(summary).toMatchObject({ level: 1, producedBy: 'extractive', promptHash: null, pinned: false });
    expect(summary.tokens).toBeLessThanOrEqual(50); // an eighth of the limit
    expect(summary.text).toMatch(/User asked: .*\nAssistant answered: |gardener/);
    // 12 messages: 8 of them are the most that 70 % allow.
    expect(summary.sources.edges.map(({ node }: any) => node.id)).toEqual(
      before.edges.slice(0, 4).map(({ node }: any) => node.id),
    );
    expect(session.interactions).toEqual(before);
    const events = await changes.atLeast(8);
    await client.dispose();
    expect(events.at(-1)).toMatchObject({ kind: 'SUMMARY_CREATED', sessionId: id });
    expect(events.at(-1).session.summaries).toEqual([{ level: 1 }]);
    expect(events.map(({ revision }) => revision)).toEqual(events.map((_, index) => index + 1));
  });

  it('summaries stack and are folded into higher levels, whose history is kept', async () => {
    const id = await ada.start();
    await ada.record(id, 60);
    const session = await ada.until(
      id,
      ({ summaries, history }) => history.length > 4 && summaries.some(({ level }: any) => level > 1),
    );
    for (let tries = 0; (await isDue(app, id)) && tries < 50; tries++) await sleep(100);
    expect(await isDue(app, id)).toBe(false);
    const settled = await ada.read(id);
    expectWhole(settled);
    expect(settled.summaries.length).toBeLessThanOrEqual(3);
    expect(Math.max(...settled.summaries.map(({ tokens }: any) => tokens))).toBeLessThanOrEqual(50);
    const ids = settled.history.map(({ id }: any) => id);
    for (const { supersededBy } of settled.history) if (supersededBy) expect(ids).toContain(supersededBy);
    const levelOne = settled.history.filter(({ level }: any) => level === 1);
    const sources = levelOne.flatMap((one: any) => one.sources.edges.map(({ node }: any) => node.sequence));
    expect(new Set(sources).size).toBe(sources.length);
    expect(sources.length).toBeGreaterThan(60 - 9);
    expect(session.interactions.edges).toHaveLength(60);
  });

  it('a short session, and one with room to spare, stay as they are', async () => {
    const few = await ada.start(100);
    await ada.record(few, 4);
    expect(await isDue(app, few)).toBe(false);
    const roomy = await ada.start(100_000);
    await ada.record(roomy, 40);
    expect(await isDue(app, roomy)).toBe(false);
    await ada.ask(UPDATE, { input: { id: roomy, tokenLimit: 3000 } });
    const { summaries } = await ada.until(roomy, (session) => session.summaries.length > 0);
    expect(summaries[0].tokens).toBeGreaterThan(200);
    expect(summaries[0].tokens).toBeLessThanOrEqual(375);
    expect(summaries[0].sources.edges).toHaveLength(28);
  });

  it('a pinned summary is never folded', async () => {
    const id = await ada.start(100_000);
    const ids = [];
    for (let part = 0; part < 5; part++) {
      await ada.record(id, 10, part * 10);
      ids.push((await ada.ask(NOW, { id })).summarizeSession.id);
    }
    await ada.ask(PIN, { id: ids[1], pinned: true });
    await ada.record(id, 10, 50);
    await ada.ask(UPDATE, { input: { id, tokenLimit: 400 } });
    const { summaries, history } = await ada.until(id, ({ summaries: all }) =>
      all.some(({ level }: any) => level > 1),
    );
    expect(summaries.map((one: any) => one.id)).toContain(ids[1]);
    const folded = history.filter(({ supersededBy }: any) => supersededBy).map((one: any) => one.id);
    expect(folded).toEqual(expect.arrayContaining([ids[2], ids[3]]));
    expect(folded).not.toContain(ids[0]); // alone before the pinned one
  });

  it('an ended session is described, unless the client did', async () => {
    const id = await ada.start();
    await ada.record(id, 3);
    await ada.ask(END, { input: { id } });
    const { contextSummary, sessionContext } = await ada.until(id, (session) => session.sessionContext);
    expect(contextSummary).toContain('gardener');
    expect(sessionContext).toEqual({
      topics: expect.arrayContaining([expect.any(String)]),
      mood: 'neutral',
      summary: expect.stringContaining('gardener'),
    });

    const own = await ada.start();
    await ada.record(own, 3);
    await ada.ask(END, { input: { id: own, contextSummary: 'Mine.' } });
    const described = await ada.until(own, (session) => session.sessionContext);
    expect(described.contextSummary).toBe('Mine.');
    expect(described.sessionContext.summary).toContain('gardener');

    await ada.record(id, 1, 50); // resumes it
    await ada.ask(END, { input: { id } });
    await ada.until(id, (session) => session.sessionContext.summary.includes('50'));

    await ada.ask(UPDATE, { input: { id, contextSummary: 'Of gardens.' } });
    await ada.record(id, 1, 60);
    await ada.ask(END, { input: { id } });
    const { contextSummary: kept } = await ada.until(id, (session) =>
      session.sessionContext.summary.includes('60'),
    );
    expect(kept).toBe('Of gardens.');
    await ada.ask(UPDATE, { input: { id, contextSummary: null } });
    await ada.until(id, (session) => session.contextSummary?.includes('gardener'));
  });

  it('an answer that is given anew is in a summary that is made anew', async () => {
    const id = await ada.start();
    const recorded = await ada.record(id, 8);
    const [old] = (await ada.until(id, ({ summaries }) => summaries.length > 0)).summaries;
    const regenerate =
      'mutation ($id: UUID!) { regenerateAnswer(interactionId: $id, wait: true) { interaction { status } } }';
    await ada.ask(regenerate, { id: recorded[1].id });
    const covers = ({ id: other, sources }: any) =>
      other !== old.id && sources.edges.some(({ node }: any) => node.id === recorded[1].id);
    const { history } = await ada.until(id, ({ summaries }) => summaries.some(covers));
    expect(history.map((one: any) => one.id)).not.toContain(old.id);
  });

  it('the end of a session whose last answer is awaited is described with it', async () => {
    const id = await ada.start();
    await ada.record(id, 2);
    const open = `mutation ($id: UUID!) {
      openInteraction(input: { sessionId: $id, question: "And in the pond?" }) { interaction { id } } }`;
    const complete = `mutation ($id: UUID!) {
      completeInteraction(input: { id: $id, answer: "Lilies grow in the pond." }) { interaction { id } } }`;
    const { interaction } = (await ada.ask(open, { id })).openInteraction;
    await ada.ask(END, { input: { id } });
    expect(await isDue(app, id)).toBe(false);
    await ada.ask(complete, { id: interaction.id });
    const { sessionContext } = await ada.until(id, (session) => session.sessionContext);
    expect(sessionContext.summary).toContain('Lilies');
  });

  it('an end that nobody noticed is found', async () => {
    const id = await ada.start();
    await ada.record(id, 3);
    await execute(
      app.databaseUrl,
      "update sessions set ended_at = now(), end_reason = 'EXPLICIT' where id = $1",
      [id],
    );
    await execute(app.databaseUrl, "select graphile_worker.add_job('find-undescribed')");
    await ada.until(id, (session) => session.sessionContext);
  });

  it('a deleted interaction is forgotten everywhere, and what else was covered is summarised anew', async () => {
    const id = await ada.start();
    const recorded = await ada.record(id, 8);
    await ada.until(id, ({ summaries }) => summaries.length > 0);
    await ada.ask(RECORD, {
      items: [
        { sessionId: id, question: 'Do you remember xylophonist?', answer: 'xylophonist, yes. Xylophonist!' },
      ],
    });
    const { interaction } = (
      await ada.ask(RECORD, { items: [{ sessionId: id, question: 'And xylophonist?' }] })
    ).recordInteractions[0];
    await ada.record(id, 8, 20);
    await ada.ask(END, { input: { id } });
    const session = await ada.until(
      id,
      ({ history, sessionContext }) => sessionContext && history.length > 1,
    );
    const victims = session.interactions.edges.filter(({ node }: any) => /xylo/i.test(node.question));
    expect(victims).toHaveLength(2);
    expect(await tablesWith(app.databaseUrl, 'xylophonist')).toContain('public.interactions');
    for (const { node } of victims) await ada.ask(DELETE, { id: node.id });
    expect(await tablesWith(app.databaseUrl, 'xylophonist')).toEqual([]);
    expect(interaction.id).toBe(victims[1].node.id);
    const after = await ada.until(id, (one) => one.sessionContext);
    expectWhole(after);
    expect(after.interactions.edges).toHaveLength(recorded.length + 8);
    expect(await tablesWith(app.databaseUrl, 'xylophonist')).toEqual([]);
  });
});

describe('on demand', () => {
  let app: TestApp;
  let ada: Person;
  beforeAll(async () => {
    app = await startApp();
  });
  beforeEach(async () => {
    ada = await personOf(app);
  });
  afterAll(() => app.close());

  it('a session is summarised now, again, and until nothing is left', async () => {
    const id = await ada.start(4000);
    expect((await ada.ask(NOW, { id })).summarizeSession).toBe(null);
    await ada.record(id, 10);
    const first = (await ada.ask(NOW, { id })).summarizeSession;
    expect(first.sources.edges).toHaveLength(7);
    expect((await ada.ask(NOW, { id })).summarizeSession.sources.edges).toHaveLength(2);
    expect((await ada.ask(NOW, { id })).summarizeSession.sources.edges).toHaveLength(1);
    expect((await ada.ask(NOW, { id })).summarizeSession).toBe(null);
    expectWhole(await ada.read(id));
  });

  it('an answer that is awaited stays live', async () => {
    const id = await ada.start();
    const open =
      'mutation ($id: UUID!) { openInteraction(input: { sessionId: $id, question: "Why?" }) { interaction { id } } }';
    await ada.record(id, 2);
    await ada.ask(open, { id });
    await ada.record(id, 7, 2);
    expect((await ada.ask(NOW, { id })).summarizeSession.sources.edges).toHaveLength(2);
    expect((await ada.ask(NOW, { id })).summarizeSession).toBe(null);
  });

  it('a summary is reverted: its interactions are live again, and can be summarised again', async () => {
    const id = await ada.start();
    await ada.record(id, 10);
    const { summarizeSession: summary } = await ada.ask(NOW, { id });
    const { revertSummary } = await ada.ask(REVERT, { id: summary.id });
    expect(revertSummary).toEqual({ ...summary, revertedAt: expect.any(String) });
    expect((await ada.ask(REVERT, { id: summary.id })).revertSummary).toEqual(revertSummary);
    const session = await ada.read(id);
    expect(session.summaries).toEqual([]);
    expect(session.history).toEqual([revertSummary]);
    const again = (await ada.ask(NOW, { id })).summarizeSession;
    expect(again.sources).toEqual(summary.sources);
    const { body } = await app.graphql(
      '{ changes(after: 0, first: 500) { changes { kind } } }',
      {},
      ada.token,
    );
    expect(body.data.changes.changes.slice(-3)).toEqual([
      { kind: 'SUMMARY_CREATED' },
      { kind: 'SUMMARY_REVERTED' },
      { kind: 'SUMMARY_CREATED' },
    ]);
  });

  it('a summary is pinned and unpinned', async () => {
    const id = await ada.start();
    await ada.record(id, 4);
    const { summarizeSession: summary } = await ada.ask(NOW, { id });
    for (const pinned of [true, true, false]) {
      expect((await ada.ask(PIN, { id: summary.id, pinned })).pinSummary).toEqual({ pinned });
    }
  });

  it('concurrent calls never cover an interaction twice', async () => {
    const id = await ada.start();
    await ada.record(id, 30);
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => ada.ask(NOW, { id })));
    for (const one of outcomes) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'CONFLICT' });
    }
    expectWhole(await ada.read(id));
  });

  it('clearing the messages keeps summaries, which then cannot be reverted', async () => {
    const id = await ada.start();
    await ada.record(id, 10);
    const { summarizeSession: summary } = await ada.ask(NOW, { id });
    await ada.ask(CLEAR, { id });
    const { summaries } = await ada.read(id);
    expect(summaries).toEqual([{ ...summary, sources: { edges: [] } }]);
    await expect(ada.ask(REVERT, { id: summary.id })).rejects.toMatchObject({ code: 'CONFLICT' });
    await ada.ask('mutation ($id: UUID!) { deleteSession(id: $id) }', { id });
    await expect(ada.ask(REVERT, { id: summary.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('an answer that is replaced takes the summaries with it that tell the old one', async () => {
    const id = await ada.start();
    const [first, , last] = await ada.record(id, 10);
    const { summarizeSession: summary } = await ada.ask(NOW, { id });
    expect((await ada.read(id)).summaries).toEqual([summary]);
    const regenerate =
      'mutation ($id: UUID!) { regenerateAnswer(interactionId: $id) { interaction { id } } }';
    await ada.ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: last.id });
    expect((await ada.read(id)).history).toEqual([]);
    const { summarizeSession: again } = await ada.ask(NOW, { id });
    expect(again.sources.edges[0].node.id).toBe(first.id);
    await ada.ask(regenerate, { id: first.id });
    expect((await ada.read(id)).history).toEqual([]);
  });

  it('sources are paged both ways', async () => {
    const id = await ada.start(4000);
    const recorded = await ada.record(id, 10);
    const { summarizeSession: summary } = await ada.ask(NOW, { id });
    const page = async (args: string) => {
      const query = `query ($id: UUID!) { session(id: $id) { summaries { sources(${args}) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } } } }`;
      return (await ada.ask(query, { id })).session.summaries[0].sources;
    };
    const ids = recorded.slice(0, 7).map((one) => one.id);
    const idsOf = ({ edges }: any) => edges.map(({ node }: any) => node.id);
    const head = await page('first: 4');
    expect(idsOf(head)).toEqual(ids.slice(0, 4));
    expect(head.pageInfo.hasNextPage).toBe(true);
    const rest = await page(`first: 4, after: "${head.pageInfo.endCursor}"`);
    expect(idsOf(rest)).toEqual(ids.slice(4));
    expect(rest.pageInfo.hasNextPage).toBe(false);
    const tail = await page('last: 2');
    expect(idsOf(tail)).toEqual(ids.slice(5));
    expect(idsOf(await page(`last: 100, before: "${tail.pageInfo.startCursor}"`))).toEqual(ids.slice(0, 5));
    expect(summary.sources.edges).toHaveLength(7);
  });

  it('keys and card numbers do not enter it', async () => {
    const id = await ada.start();
    const key = `sk-proj-${'a1B2c3D4'.repeat(5)}`;
    await ada.ask(RECORD, {
      items: [
        {
          sessionId: id,
          question: `My key is ${key} and my card 4111 1111 1111 1111. Can you store both?`,
          answer: `I noted ${key}.`,
        },
      ],
    });
    const { summarizeSession } = await ada.ask(NOW, { id });
    expect(summarizeSession.text).toContain('[secret]');
    expect(summarizeSession.text).toContain('[card]');
    expect(await tablesWith(app.databaseUrl, key)).toEqual(['public.interactions']);
  });
});
