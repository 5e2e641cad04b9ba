import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';

const TURN = `
  id sessionId sequence revision status modality question answer error errorCode contextUsed metadata
  questionTokens answerTokens stepTokens rating ratingComment occurredAt createdAt completedAt
  steps { id role content toolName arguments isError errorCode tokens at }`;
const SESSION = `
  id type scope active interactionCount userMessageCount assistantMessageCount systemMessageCount toolMessageCount
  toolCallCount errorCount inputTokens outputTokens revision`;
const RECORD = `mutation ($input: RecordInteractionInput!) {
  recordInteraction(input: $input) { interaction { ${TURN} } session { ${SESSION} } } }`;

let app: TestApp;
let token: string;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  ({ token } = await app.register());
});

const ask = (query: string, variables?: object) => app.ask(query, variables, token);
const record = async (input: object) => (await ask(RECORD, { input })).recordInteraction;

describe('recordInteraction', () => {
  it('stores a whole turn with everything it carries', async () => {
    const { interaction, session } = await record({
      question: 'What is the capital of France?',
      answer: 'Paris 🥖 \u2028\r\n"quoted"',
      contextUsed: { sources: ['atlas'], nested: { deep: [1, 2, { x: null }] } },
      metadata: { attachment: 'map.png' },
      steps: [
        { role: 'TOOL', toolName: 'search', arguments: { q: 'capital' }, content: 'Paris' },
        { role: 'SYSTEM', content: 'tool was slow', isError: true, errorCode: 'SLOW' },
      ],
    });
    expect(interaction).toMatchObject({
      status: 'COMPLETED',
      modality: 'TEXT',
      answer: 'Paris 🥖 \u2028\r\n"quoted"',
      contextUsed: { sources: ['atlas'], nested: { deep: [1, 2, { x: null }] } },
      metadata: { attachment: 'map.png' },
      questionTokens: 7,
      steps: [
        { role: 'TOOL', toolName: 'search', arguments: { q: 'capital' }, content: 'Paris', isError: null },
        { role: 'SYSTEM', content: 'tool was slow', isError: true, errorCode: 'SLOW' },
      ],
    });
    expect(session).toMatchObject({
      interactionCount: 1,
      userMessageCount: 1,
      assistantMessageCount: 1,
      systemMessageCount: 1,
      toolMessageCount: 1,
      toolCallCount: 1,
      errorCount: 1,
      inputTokens: Number(interaction.questionTokens) + Number(interaction.stepTokens),
      outputTokens: interaction.answerTokens,
      revision: interaction.revision,
    });
    const { interaction: read } = await ask(`query ($id: UUID!) { interaction(id: $id) { ${TURN} } }`, {
      id: interaction.id,
    });
    expect(read).toEqual(interaction);
  });

  it('is one statement, with the session too', async () => {
    const sent = await app.statements(() => record({ question: 'one?', answer: 'trip' }));
    expect(sent).toEqual([{ name: 'apply_commands', lane: 'pool' }]);
  });

  it('returns the stored row to a retry and refuses another payload under the same id', async () => {
    const input = { id: randomUUID(), question: 'again?', answer: 'yes', metadata: { a: 1, b: { c: 2 } } };
    const first = await record(input);
    const retry = await record({ ...input, metadata: { b: { c: 2 }, a: 1 } });
    expect(retry).toEqual(first);
    await expect(record({ ...input, answer: 'no' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await record({ question: 'another' })).session.interactionCount).toBe(2);
  });

  it('stores once what a hundred concurrent retries send, in one session', async () => {
    const input = { id: randomUUID(), question: 'all at once', answer: 'once' };
    const results = await Promise.all(Array.from({ length: 100 }, () => record(input)));
    expect(new Set(results.map(({ interaction }) => interaction.sequence)).size).toBe(1);
    const others = await Promise.all(Array.from({ length: 100 }, (_, n) => record({ question: `q${n}` })));
    expect(new Set(others.map(({ session }) => session.id))).toEqual(new Set([results[0].session.id]));
    expect(new Set(others.map(({ interaction }) => interaction.sequence)).size).toBe(100);
    expect(Math.max(...others.map(({ session }) => session.interactionCount))).toBe(101);
  });

  it('does not let a refused neighbour disturb a batch', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        record({ question: `q${n}`, ...(n % 2 && { sessionId: randomUUID() }) }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? 'rejected' : 'fulfilled')),
    );
  });

  it.each([
    ['an error', { error: 'No model.' }, 1],
    ['an error code', { errorCode: 'NO_MODEL' }, 1],
    ['an error and its code', { error: 'No model.', errorCode: 'NO_MODEL' }, 1],
    ['neither', { error: null, errorCode: null }, 0],
  ])('with %s has failed, or not', async (_, outcome, errorCount) => {
    const status = errorCount > 0 ? 'FAILED' : 'COMPLETED';
    // Alone and among others: each goes its own way into the table.
    for (const questions of [['once'], ['many', 'at', 'a', 'time']]) {
      const stored = await Promise.all(questions.map((question) => record({ question, ...outcome })));
      for (const { interaction } of stored) expect(interaction).toMatchObject({ status, ...outcome });
    }
    const [{ session }] = [await record({ question: 'last' })];
    expect(session.errorCount).toBe(5 * errorCount);
  });

  it('needs something to store', async () => {
    await expect(record({})).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { 'input.question': ['is needed, or an answer or steps'] },
    });
  });
});

describe('recordInteractions', () => {
  const BULK = `mutation ($items: [RecordInteractionInput!]!) {
    recordInteractions(items: $items) {
      interaction { question sequence } error { code message fields } } }`;

  it('stores 500 in order in one statement, each with its own outcome', async () => {
    const items = Array.from({ length: 500 }, (_, n) => ({
      question: `q${n}`,
      ...(n === 250 && { sessionId: randomUUID() }),
    }));
    let results: any[] = [];
    const sent = await app.statements(async () => {
      results = (await ask(BULK, { items })).recordInteractions;
    });
    expect(sent).toHaveLength(1);
    expect(results[250]).toEqual({
      interaction: null,
      error: { code: 'NOT_FOUND', message: 'Session not found.', fields: null },
    });
    const stored = results.filter(({ interaction }) => interaction).map(({ interaction }) => interaction);
    expect(stored.map(({ question }) => question)).toEqual(
      items.filter((_, n) => n !== 250).map(({ question }) => question),
    );
    const sequences = stored.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  it('refuses an item that cannot be stored, and only that', async () => {
    const items = [
      { question: 'first' },
      { question: '\0' },
      {},
      { steps: [{ role: 'TOOL', content: 'x' }, { role: 'USER' }] },
      { question: 'both', sessionId: randomUUID(), scope: 'x' },
      { question: 'last' },
    ];
    const results = (await ask(BULK, { items })).recordInteractions;
    expect(results.map((item: any) => item.interaction?.question ?? Object.keys(item.error.fields))).toEqual([
      'first',
      ['items.1.question'],
      ['items.2.question'],
      ['items.3.steps.1.role'],
      ['items.4.sessionId'],
      'last',
    ]);
    expect(results[2].error).toEqual({
      code: 'BAD_USER_INPUT',
      message: 'items.2.question is needed, or an answer or steps',
      fields: { 'items.2.question': ['is needed, or an answer or steps'] },
    });
    expect((await ask(BULK, { items: [{}] })).recordInteractions).toMatchObject([{ interaction: null }]);
  });
});

describe('an interaction in steps', () => {
  const OPEN = `mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { interaction { ${TURN} } session { ${SESSION} } } }`;
  const COMPLETE = `mutation ($input: CompleteInteractionInput!) { completeInteraction(input: $input) { interaction { ${TURN} } session { ${SESSION} } } }`;
  const FAIL = `mutation ($input: FailInteractionInput!) { failInteraction(input: $input) { interaction { ${TURN} } session { ${SESSION} } } }`;

  it('is opened, gets steps, is completed, rated and amended', async () => {
    const id = randomUUID();
    const opened = (await ask(OPEN, { input: { id, question: 'Weather?' } })).openInteraction;
    expect(opened.interaction).toMatchObject({ id, status: 'PENDING', answer: null, completedAt: null });
    expect((await ask(OPEN, { input: { id, question: 'Weather?' } })).openInteraction).toEqual(opened);

    const step = {
      interactionId: id,
      id: randomUUID(),
      toolName: 'weather',
      arguments: { city: 'Oslo' },
      result: 'rain',
    };
    const CALL = `mutation ($input: RecordToolCallInput!) { recordToolCall(input: $input) { interaction { ${TURN} } } }`;
    const called = (await ask(CALL, { input: step })).recordToolCall;
    expect(called.interaction.steps).toMatchObject([
      { id: step.id, role: 'TOOL', toolName: 'weather', content: 'rain' },
    ]);
    expect((await ask(CALL, { input: step })).recordToolCall).toEqual(called);
    await expect(ask(CALL, { input: { ...step, result: 'sun' } })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await ask(`mutation ($input: RecordErrorInput!) { recordError(input: $input) { interaction { id } } }`, {
      input: { interactionId: id, message: 'retried', code: 'E1' },
    });

    const answer = { id, answer: 'Rain.', contextUsed: { tools: 1 }, metadata: { model: 'x' } };
    const completed = (await ask(COMPLETE, { input: answer })).completeInteraction;
    expect(completed.interaction).toMatchObject({
      status: 'COMPLETED',
      answer: 'Rain.',
      contextUsed: { tools: 1 },
    });
    expect(completed.session).toMatchObject({
      interactionCount: 1,
      toolCallCount: 1,
      errorCount: 1,
      assistantMessageCount: 1,
    });
    expect((await ask(COMPLETE, { input: answer })).completeInteraction).toEqual(completed);
    await expect(ask(COMPLETE, { input: { ...answer, answer: 'Sun.' } })).rejects.toMatchObject({
      code: 'CONFLICT',
    });

    const RATE = `mutation ($input: RateInteractionInput!) { rateInteraction(input: $input) { rating ratingComment } }`;
    expect((await ask(RATE, { input: { id, rating: 5, comment: 'right' } })).rateInteraction).toEqual({
      rating: 5,
      ratingComment: 'right',
    });
    await expect(ask(RATE, { input: { id, rating: 6 } })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const PATCH = `mutation ($id: UUID!, $patch: JSON!) { updateInteractionMetadata(id: $id, patch: $patch) { metadata } }`;
    expect(
      (await ask(PATCH, { id, patch: { model: null, seen: { at: 1 } } })).updateInteractionMetadata,
    ).toEqual({
      metadata: { seen: { at: 1 } },
    });
  });

  it('is finished by one call only: the same again is harmless, another is a CONFLICT', async () => {
    const { interaction } = (await ask(OPEN, { input: { question: 'once?' } })).openInteraction;
    const input = { id: interaction.id, answer: 'once', contextUsed: { a: 1 } };
    const completed = (await ask(COMPLETE, { input })).completeInteraction;
    expect((await ask(COMPLETE, { input })).completeInteraction).toEqual(completed);
    for (const other of [
      { contextUsed: { a: 2 } },
      { metadata: { b: 1 } },
      { steps: [{ role: 'SYSTEM', content: 's' }] },
    ]) {
      await expect(ask(COMPLETE, { input: { ...input, ...other } })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    }
  });

  it('refuses a 257th step, also when it is tried again', async () => {
    const steps = Array.from({ length: 256 }, () => ({ role: 'TOOL', content: 'x' }));
    const { interaction } = await record({ steps });
    const input = { interactionId: interaction.id, id: randomUUID(), toolName: 't' };
    const CALL =
      'mutation ($input: RecordToolCallInput!) { recordToolCall(input: $input) { interaction { id } } }';
    for (let n = 0; n < 2; n++)
      await expect(ask(CALL, { input })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('is completed whatever metadata it was opened with', async () => {
    const metadata = { many: Array.from({ length: 120_000 }, () => 1) };
    const { interaction } = (await ask(OPEN, { input: { question: 'big?', metadata } })).openInteraction;
    const done = await ask(COMPLETE, {
      input: { id: interaction.id, answer: 'yes', metadata: { small: 1 } },
    });
    expect(Object.keys(done.completeInteraction.interaction.metadata)).toEqual(['many', 'small']);
  });

  it('gives imported steps the time of their turn', async () => {
    const { interaction } = await record({
      occurredAt: '2024-01-01T00:00:00Z',
      steps: [
        { role: 'TOOL', content: 'a' },
        { role: 'TOOL', content: 'b', occurredAt: '2024-01-01T00:00:05Z' },
      ],
    });
    expect(interaction.steps.map(({ at }: any) => at)).toEqual([
      '2024-01-01T00:00:00.000Z',
      '2024-01-01T00:00:05.000Z',
    ]);
  });

  it('fails with its partial answer', async () => {
    const { interaction } = (await ask(OPEN, { input: { question: 'long?' } })).openInteraction;
    const input = { id: interaction.id, error: 'cut off', errorCode: 'STREAM', answer: 'It beg' };
    const failed = (await ask(FAIL, { input })).failInteraction;
    expect(failed.interaction).toMatchObject({
      status: 'FAILED',
      error: 'cut off',
      errorCode: 'STREAM',
      answer: 'It beg',
    });
    expect(failed.session.errorCount).toBe(1);
    expect((await ask(FAIL, { input })).failInteraction).toEqual(failed);
    await expect(ask(COMPLETE, { input: { id: interaction.id, answer: 'x' } })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('is deleted, and the counters follow', async () => {
    const keep = await record({ question: 'keep', answer: 'me' });
    const gone = await record({
      question: 'delete',
      answer: 'me',
      steps: [{ role: 'TOOL', toolName: 't', content: 'r' }],
    });
    await ask(`mutation ($id: UUID!) { deleteInteraction(id: $id) }`, { id: gone.interaction.id });
    const { session } = await ask(`query ($id: UUID!) { session(id: $id) { ${SESSION} } }`, {
      id: keep.session.id,
    });
    expect(session).toEqual({ ...keep.session, revision: session.revision });
    await expect(
      ask(`mutation ($id: UUID!) { deleteInteraction(id: $id) }`, { id: gone.interaction.id }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that was deleted is not stored again by a retry, alone or among others, whole or as a message', async () => {
    const turns = Array.from({ length: 4 }, (_, n) => ({ id: randomUUID(), question: `q${n}` }));
    const deleted = { code: 'CONFLICT', message: expect.stringContaining('deleted') };
    await Promise.all(turns.map(record));
    for (const { id } of turns) await ask(`mutation ($id: UUID!) { deleteInteraction(id: $id) }`, { id });
    await expect(record(turns[0]!)).rejects.toMatchObject(deleted);
    const retries = await Promise.allSettled(turns.map(record));
    expect(retries).toEqual(
      turns.map(() => ({ status: 'rejected', reason: expect.objectContaining(deleted) })),
    );
    const add = `mutation ($input: AddMessageInput!) { addMessage(input: $input) { message { id } } }`;
    for (const role of ['USER', 'SYSTEM']) {
      const input = { id: turns[1]!.id, role, content: 'q1' };
      await expect(ask(add, { input })).rejects.toMatchObject(deleted);
    }
    const { session } = await record({ question: 'still there' });
    expect(session).toMatchObject({ interactionCount: 1, systemMessageCount: 0 });
  });
});

describe('reading', () => {
  it('gives recent interactions across sessions, newest first, in one pipelined statement', async () => {
    for (let n = 0; n < 5; n++) await record({ question: `q${n}`, scope: `s${n % 2}` });
    let recent: any[] = [];
    const sent = await app.statements(async () => {
      recent = (await ask('{ recentInteractions(limit: 3) { question } }')).recentInteractions;
    });
    expect(recent.map(({ question }) => question)).toEqual(['q4', 'q3', 'q2']);
    expect(sent).toEqual([{ name: 'recent_interactions_brief', lane: 'pipeline' }]);
    await expect(ask('{ recentInteractions(limit: 101) { id } }')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('reads a session with its interactions in one flush', async () => {
    let session = '';
    for (let n = 0; n < 3; n++) session = (await record({ question: `q${n}` })).session.id;
    let answer: any;
    const sent = await app.statements(async () => {
      answer = await ask(
        `query ($id: UUID!) { session(id: $id) { id ...Log } }
         fragment Log on Session { newest: interactions(last: 2) { edges { node { question } } } }`,
        { id: session },
      );
    });
    expect(answer.session.newest.edges.map(({ node }: any) => node.question)).toEqual(['q1', 'q2']);
    expect(sent.map(({ name }) => name).sort()).toEqual(['session_interactions_backward', 'sessions_by_ids']);
    expect(new Set(sent.map(({ lane }) => lane))).toEqual(new Set(['pipeline']));
  });

  it('loads the sessions of many interactions with one statement', async () => {
    for (let n = 0; n < 6; n++) await record({ question: `q${n}`, scope: `s${n % 3}` });
    const sent = await app.statements(async () => {
      const { recentInteractions } = await ask('{ recentInteractions(limit: 6) { session { scope } } }');
      expect(recentInteractions.map(({ session }: any) => session.scope)).toEqual([
        's2',
        's1',
        's0',
        's2',
        's1',
        's0',
      ]);
    });
    expect(sent.map(({ name }) => name)).toEqual(['recent_interactions_brief', 'sessions_by_ids']);
  });

  it('refuses cursors of another list, another user, and invented ones', async () => {
    const { session } = await record({ question: 'q' });
    const LIST = `query ($id: UUID!, $after: String) { session(id: $id) { interactions(after: $after) { edges { cursor } } } }`;
    const { cursor } = (await ask(LIST, { id: session.id })).session.interactions.edges[0];
    await ask(LIST, { id: session.id, after: cursor });
    const other = (await record({ question: 'q', scope: 'other' })).session.id;
    for (const [id, after] of [
      [other, cursor],
      [session.id, `${cursor}A`],
      [session.id, 'x'],
      [session.id, ''],
    ]) {
      await expect(ask(LIST, { id, after })).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: { after: expect.anything() },
      });
    }
  });
});

describe('the id of what has been deleted', () => {
  const ADD = `mutation ($input: AddMessageInput!) { addMessage(input: $input) { interaction { id } session { id } } }`;
  const DELETIONS = {
    'with its session': 'deleteSession(id: $id)',
    'with all of its session': 'clearMessages(id: $id) { id }',
    'by itself': 'deleteInteraction(id: $id)',
  };

  it.each(Object.entries(DELETIONS))('is not stored again when it went %s', async (_, deletion) => {
    const scope = randomUUID();
    const input = { id: randomUUID(), question: 'Forget me?', scope };
    const open = `mutation ($input: OpenInteractionInput!) { openInteraction(input: $input) { session { id } } }`;
    const session = (await ask(open, { input })).openInteraction.session.id;
    const answer = { id: randomUUID(), role: 'ASSISTANT', content: 'I shall.', scope };
    await ask(ADD, { input: answer });
    await ask(`mutation ($id: UUID!) { ${deletion} }`, {
      id: deletion.includes('deleteInteraction') ? input.id : session,
    });
    const again = { message: 'What was stored under this id has been deleted.', code: 'CONFLICT' };
    await expect(ask(open, { input })).rejects.toMatchObject(again);
    await expect(ask(ADD, { input: answer })).rejects.toMatchObject(again);
    await expect(record({ id: input.id, question: 'Forget me?', scope })).rejects.toMatchObject(again);
  });
});
