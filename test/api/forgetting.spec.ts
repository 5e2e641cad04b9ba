import { countTokens } from '../../src/common/tokens.js';
import { DeletionsService } from '../../src/deletions/deletions.service.js';
import { LearningService } from '../../src/profile/learning.service.js';
import { FROM_MEMORY } from '../../src/memory/block.js';
import { Sealer } from '../../src/memory/sealer.js';
import { SessionUpkeep } from '../../src/sessions/session-upkeep.service.js';
import { SummariesService } from '../../src/summaries/summaries.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { chatterOf } from '../support/chat.js';
import { compressAll } from '../support/compression.js';
import { execute, tablesWith } from '../support/database.js';
import { exported, importFile } from '../support/imports.js';

const RECORD = `mutation ($items: [RecordInteractionInput!]!) {
  recordInteractions(items: $items) { interaction { id sessionId } error { message } } }`;
const RECEIPT = `kind subjectId revision at
  removed { sessions interactions answerVersions summaries facts embeddings recallBlocks usageEntries }
  rebuilt { sessionDescriptions facts recallBlocks answers }`;
const READ = `query ($id: UUID!) { deletionReceipt(id: $id) { ${RECEIPT} } }`;
const DELETE = 'mutation ($id: UUID!) { deleteInteraction(id: $id) }';
const CLEAR = 'mutation ($id: UUID!) { clearMessages(id: $id) { id } }';
const DELETE_SESSION = 'mutation ($id: UUID!) { deleteSession(id: $id) }';
const BULK = 'mutation ($ids: [UUID!]!) { bulkDeleteSessions(selection: { ids: $ids }) { changed } }';
const END = 'mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }';
const FORGET = 'mutation ($id: UUID!) { forgetFact(id: $id) }';
const ADD = 'mutation ($text: String!) { addFact(input: { category: GOAL, text: $text }) { id } }';
const CORRECT =
  'mutation ($id: UUID!, $text: String!) { correctFact(input: { id: $id, text: $text }) { id } }';

const WITHDRAWN = 'What I remembered has been deleted.';
/** Of "zanzibarites", in every form. */
const PHRASE = 'zanzibarit';
const NOTHING = {
  removed: {
    sessions: 0,
    interactions: 0,
    answerVersions: 0,
    summaries: 0,
    facts: 0,
    embeddings: 0,
    recallBlocks: 0,
    usageEntries: 0,
  },
  rebuilt: { sessionDescriptions: 0, facts: 0, recallBlocks: 0, answers: 0 },
};

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ SESSION_TOKEN_LIMIT: '2000' });
});
afterAll(() => app.close());

/** Everything that is done in the background, until there is nothing left to do. */
async function settle(userId: string): Promise<void> {
  const [leisure, summaries] = [() => Promise.resolve(), app.app.get(SummariesService)];
  for (const session of await summaries.due(new Map([[userId, 0]]))) {
    await summaries.catchUp(session, 1, leisure);
  }
  await app.app.get(LearningService).catchUp(userId, 1, leisure);
  await app.app.get(Sealer).seal(userId);
}

/**
 * Somebody who has said the phrase in a long session that has ended and is digested, and what holds it now; the turns
 * compressed if they are old.
 */
async function person({ old = false } = {}) {
  const chatter = await chatterOf(app);
  const { ask, userId } = chatter;
  const items = Array.from({ length: 330 }, (_, n) => ({
    question: n % 40 === 20 ? 'I work as a zanzibarite keeper. Zanzibarites!' : `Is ${n} a number?`,
    answer: n % 40 === 20 ? 'Keeping zanzibarites must be a joy.' : 'It is.',
  }));
  const { recordInteractions } = await ask(RECORD, { items });
  const { sessionId } = recordInteractions[0].interaction;
  const { interaction } = await chatter.send({ text: 'What are zanzibarites?', wait: true });
  await chatter.regenerate(interaction.id, true);
  await ask(END, { id: sessionId });
  if (old) await compressAll(app.databaseUrl, userId, { most: 165 });
  await settle(userId);
  if (old) await compressAll(app.databaseUrl, userId);
  const said = (await execute(
    app.databaseUrl,
    'select id from whole_interactions i where user_id = $1 and i::text ilike $2 order by sequence',
    [userId, `%${PHRASE}%`],
  )) as { id: string }[];
  expect(said).toHaveLength(9);
  expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual([
    'public.answers',
    ...(old ? ['public.compressed_interactions'] : []),
    'public.facts',
    ...(old ? [] : ['public.interactions']),
    'public.recall_blocks',
    'public.sessions',
    'public.summaries',
  ]);
  const receipt = async (id: string) => (await ask(READ, { id })).deletionReceipt;
  return { ...chatter, sessionId, said: said.map(({ id }) => id), receipt };
}

/** How many rows of each kind the user has. */
async function rowsOf(userId: string): Promise<Record<string, number>> {
  const [rows] = await execute(
    app.databaseUrl,
    `select
       (select count(*)::int from sessions where user_id = $1) as sessions,
       (select count(*)::int from interactions where user_id = $1) as interactions,
       (select count(*)::int from answers where user_id = $1) as "answerVersions",
       (select count(*)::int from summaries where user_id = $1) as summaries,
       (select count(*)::int from facts where user_id = $1) as facts,
       0 as embeddings,
       (select count(*)::int from recall_blocks where user_id = $1) as "recallBlocks",
       (select count(*)::int from token_usage where user_id = $1) as "usageEntries"`,
    [userId],
  );
  return rows as Record<string, number>;
}

const difference = (before: Record<string, number>, after: Record<string, number>) =>
  Object.fromEntries(Object.entries(before).map(([kind, rows]) => [kind, rows - after[kind]!]));

describe.each([
  ['', false],
  [' that is compressed', true],
])('nothing of a phrase%s is left anywhere', (_, old) => {
  afterEach(async () => {
    expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual([]);
  });

  it('when the interactions that said it are deleted, and each receipt counts what went', async () => {
    const { ask, userId, said, receipt, sessionId } = await person({ old });
    const first = await rowsOf(userId);
    for (const id of said) {
      const before = await rowsOf(userId);
      await ask(DELETE, { id });
      const { removed } = await receipt(id);
      expect(removed).toEqual(difference(before, await rowsOf(userId)));
    }
    const [one, last] = [await receipt(said[0]!), await receipt(said.at(-1)!)];
    expect(one).toMatchObject({
      kind: 'INTERACTION',
      subjectId: said[0],
      removed: { interactions: 1, facts: 0, answerVersions: 0 },
      rebuilt: { sessionDescriptions: 1, facts: 1, recallBlocks: 1 },
    });
    expect(last.removed).toMatchObject({ interactions: 1, answerVersions: 2 });
    expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual([]);
    await settle(userId); // what is made anew does not know it either
    const after = await rowsOf(userId);
    expect(after).toMatchObject({ interactions: first.interactions! - 9, facts: 0, recallBlocks: 1 });
    expect(after.summaries).toBeGreaterThan(0);
    const { session } = await ask('query ($id: UUID!) { session(id: $id) { contextSummary } }', {
      id: sessionId,
    });
    expect(session.contextSummary).toEqual(expect.any(String));
  });

  it('when the session is deleted', async () => {
    const { ask, userId, sessionId, receipt } = await person({ old });
    const before = await rowsOf(userId);
    await ask(DELETE_SESSION, { id: sessionId });
    expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual([]);
    const told = await receipt(sessionId);
    expect(told).toEqual({
      kind: 'SESSION',
      subjectId: sessionId,
      revision: expect.any(Number),
      at: expect.any(String),
      removed: difference(before, await rowsOf(userId)),
      rebuilt: { ...NOTHING.rebuilt, recallBlocks: 1 },
    });
    expect(told.removed).toMatchObject({ sessions: 1, interactions: 331, answerVersions: 2, facts: 1 });
    const { changes } = await ask('{ changes(after: 0, first: 500) { changes { kind revision } } }');
    expect(changes.changes.at(-1)).toEqual({ kind: 'SESSION_DELETED', revision: told.revision });
    await settle(userId);
  });

  it('when the messages are cleared, but in the summaries that stay, and with these too', async () => {
    const { ask, userId, sessionId, receipt } = await person({ old });
    await ask(CLEAR, { id: sessionId });
    expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual(['public.sessions', 'public.summaries']);
    await settle(userId);
    expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual(['public.sessions', 'public.summaries']);
    expect(await receipt(sessionId)).toMatchObject({
      kind: 'MESSAGES',
      removed: { ...NOTHING.removed, interactions: 331, answerVersions: 2, facts: 1 },
    });
    await ask(DELETE_SESSION, { id: sessionId });
    expect(await receipt(sessionId)).toMatchObject({
      kind: 'SESSION',
      removed: { sessions: 1, interactions: 0 },
    });
  });

  it('when old sessions are cleaned up, are no longer retained, or go in bulk', async () => {
    const sessions = app.app.get(SessionUpkeep);
    const ages = `update sessions set started_at = started_at - interval '9 days', ended_at = ended_at - interval '9 days',
      last_activity_at = last_activity_at - interval '9 days' where user_id = $1`;
    for (const kind of ['CLEANUP', 'RETENTION', 'SESSION']) {
      const { ask, userId, sessionId, receipt } = await person({ old });
      await execute(app.databaseUrl, ages, [userId]);
      if (kind === 'RETENTION') expect(await sessions.retain(7)).toBe(1);
      else if (kind === 'CLEANUP') await ask('mutation { cleanupSessions(endedDaysAgo: 7) }');
      else await ask(BULK, { ids: [sessionId] });
      expect(await receipt(sessionId)).toMatchObject({ kind, removed: { sessions: 1, facts: 1 } });
      await settle(userId);
      expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual([]);
    }
  });

  it.each([
    ['an interaction', DELETE],
    ['a session', DELETE_SESSION],
    ['the messages of a session', CLEAR],
  ])('when answers from memory alone have quoted %s, and these are told as changed', async (_, way) => {
    const { ask, read, record, regenerate, send, userId } = await chatterOf(app);
    const { interaction, session } = await record({
      scope: 'apart',
      question: 'I met two zanzibarites on the ferry.',
      answer: 'Did they like it?',
    });
    const { id, answer } = (await send({ text: 'Whom did I meet on the ferry?', wait: true })).interaction;
    expect(answer).toContain('zanzibarites');
    await regenerate(id, true);
    const { revision } = (await ask('{ me { revision } }')).me;
    if (old) await compressAll(app.databaseUrl, userId);
    const subject = { id: way === DELETE ? interaction.id : session.id };
    await ask(way, subject);
    expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual([]);

    const left = await read(id);
    expect(left).toMatchObject({ status: 'COMPLETED', answer: `${FROM_MEMORY} ${WITHDRAWN}` });
    expect(left.answerTokens).toBe(await countTokens(left.answer));
    expect(left.versions[0]).toMatchObject({ answer: left.answer, answerTokens: left.answerTokens });
    const counted = 'query ($id: UUID!) { session(id: $id) { outputTokens } }';
    expect((await ask(counted, { id: left.sessionId })).session.outputTokens).toBe(left.answerTokens);
    const since = 'query ($after: Revision!) { changes(after: $after) { changes { kind interactionId } } }';
    const { changes } = (await ask(since, { after: revision })).changes;
    expect(changes).toEqual([
      { kind: 'INTERACTION_UPDATED', interactionId: id },
      expect.objectContaining({ kind: expect.stringMatching(/_(DELETED|CLEARED)$/) }),
    ]);
    const { deletionReceipt } = await ask(READ, subject);
    expect(deletionReceipt.rebuilt.answers).toBe(1);
  });

  it('when the user is erased, who is told what went', async () => {
    const { ask, userId } = await person({ old });
    const before = await rowsOf(userId);
    const { deleteMe } = await ask(`mutation { deleteMe(password: "correct horse battery") { ${RECEIPT} } }`);
    expect(deleteMe).toMatchObject({ kind: 'USER', subjectId: userId, removed: before });
    expect(await tablesWith(app.databaseUrl, userId)).toEqual([]);
  });
});

describe('nothing of a phrase is left in what was made of it', () => {
  afterEach(async () => {
    expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual([]);
  });

  it('when such an answer came with an import', async () => {
    const [ada, { token }] = [await chatterOf(app), await app.register()];
    const { interaction, session } = await ada.record({
      scope: 'apart',
      question: 'Zanzibarites are on the ferry.',
    });
    const { id } = (await ada.send({ text: 'Who is on the ferry?', wait: true })).interaction;
    await importFile(app, token, await exported(app, ada.token));
    await ada.ask(DELETE_SESSION, { id: session.id });
    await app.ask(DELETE, { id: interaction.id }, token);
    const { interaction: left } = await app.ask(
      'query ($id: UUID!) { interaction(id: $id) { answer } }',
      { id },
      token,
    );
    expect(left.answer).toBe(`${FROM_MEMORY} ${WITHDRAWN}`);
  });

  it('when such an answer comes back by an import, and what it quotes does not', async () => {
    const { ask, read, record, send, token } = await chatterOf(app);
    const question = 'I met two zanzibarites on the ferry.';
    const { interaction } = await record({ scope: 'apart', question });
    const { id, sessionId } = (await send({ text: 'Whom did I meet on the ferry?', wait: true })).interaction;
    const file = await exported(app, token);
    await ask(DELETE, { id: interaction.id });
    await ask(DELETE_SESSION, { id: sessionId });
    await importFile(app, token, file);
    expect((await read(id)).answer).toBe(`${FROM_MEMORY} ${WITHDRAWN}`);
  });

  it('when it is quoted; but not when something else is deleted that the quotation itself names', async () => {
    const { ask, read, record, send } = await chatterOf(app);
    const other = (await record({ question: 'Where is the pier?', answer: 'Behind the mill.' })).interaction;
    const pasted = `I met two zanzibarites on the ferry:\n(as you know; ${other.id})\n\n(and; ${crypto.randomUUID()})`;
    const { interaction } = await record({ question: pasted, answer: 'Did they like it?' });
    const { id, answer } = (await send({ text: 'Whom did I meet on the ferry?', wait: true })).interaction;
    expect(answer).toContain(interaction.id);
    await ask(DELETE, { id: other.id });
    expect((await read(id)).answer).toBe(answer);
    await ask(DELETE, { id: interaction.id });
    expect((await read(id)).answer).toBe(`${FROM_MEMORY} ${WITHDRAWN}`);
  });

  describe('by an answer that is being written', () => {
    const QUESTION = 'mutation { openInteraction(input: { question: "Who?" }) { interaction { id } } }';
    const COMPLETE = `mutation ($id: UUID!, $answer: String!) {
      completeInteraction(input: { id: $id, answer: $answer }) { interaction { id } } }`;

    /** It quotes one turn that is gone, if that is wanted, and one that is there. */
    async function writing(ids: string[]) {
      const { ask, read, record, userId } = await chatterOf(app);
      const quoted = (await record({ question: 'I met Zanzibarites!' })).interaction.id;
      const { id } = (await ask(QUESTION)).openInteraction.interaction;
      await execute(
        app.databaseUrl,
        `insert into answers (user_id, interaction_id, version, run_id, lease_until, model)
         values ($1, $2, 1, $2, now() + interval '1 minute', 'recall')`,
        [userId, id],
      );
      const quotations = [...ids, quoted].map((turn) => `\n\n> You: Zanzibarites!\n>\n> (just now; ${turn})`);
      const answer = `${FROM_MEMORY} I remember:${quotations.join('')}`;
      const command = {
        kind: 'finishAnswer',
        userId,
        id,
        runId: id,
        status: 'COMPLETED',
        answer,
        answerTokens: 40,
      };
      return {
        complete: (own: string) => ask(COMPLETE, { id, answer: own }),
        finish: () =>
          execute(app.databaseUrl, `select apply_commands($1, '{}', false, '9s')`, [
            JSON.stringify([command]),
          ]),
        forget: () => ask(DELETE, { id: quoted }),
        stored: () => read(id),
      };
    }

    it('when some of what it quotes is deleted before its last word, and some after', async () => {
      const { finish, forget, stored } = await writing([crypto.randomUUID()]);
      await finish();
      expect(await stored()).toMatchObject({ status: 'COMPLETED', answer: `${FROM_MEMORY} ${WITHDRAWN}` });
      await forget();
      expect((await stored()).answer).toBe(`${FROM_MEMORY} ${WITHDRAWN}`);
    });

    it('but not what the client answered in its place', async () => {
      const { complete, finish, forget, stored } = await writing([]);
      await complete('Somebody. I remember: it rained.');
      await finish();
      await forget();
      expect((await stored()).answer).toBe('Somebody. I remember: it rained.');
    });
  });

  it('when a fact is forgotten, with what it superseded', async () => {
    const { ask, userId } = await chatterOf(app);
    const { addFact } = await ask(ADD, { text: 'Wants to see zanzibarites' });
    const { correctFact } = await ask(CORRECT, { id: addFact.id, text: 'Wants two Zanzibarites' });
    await settle(userId);
    expect(await tablesWith(app.databaseUrl, PHRASE)).toEqual(['public.facts']);
    await ask(FORGET, { id: correctFact.id });
    const { deletionReceipt } = await ask(READ, { id: correctFact.id });
    expect(deletionReceipt).toMatchObject({
      kind: 'FACT',
      ...NOTHING,
      removed: { ...NOTHING.removed, facts: 2 },
    });
    await settle(userId);
  });
});

describe('receipts', () => {
  it('are listed newest first, in pages both ways, and only to their user', async () => {
    const [ada, eve] = [await chatterOf(app), await chatterOf(app)];
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const { interaction } = await ada.record({ question: 'Why?' });
      await ada.ask(DELETE, { id: interaction.id });
      ids.unshift(interaction.id);
    }
    const list = `query ($first: Int, $after: String, $last: Int, $before: String) {
      deletionReceipts(first: $first, after: $after, last: $last, before: $before) {
        edges { node { subjectId } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const page = async (args: object, of = ada) => {
      const { edges, pageInfo } = (await of.ask(list, args)).deletionReceipts;
      return { ids: edges.map(({ node }: any) => node.subjectId), ...pageInfo };
    };
    const first = await page({ first: 2 });
    expect(first).toMatchObject({ ids: ids.slice(0, 2), hasNextPage: true, hasPreviousPage: false });
    const rest = await page({ first: 9, after: first.endCursor });
    expect(rest).toMatchObject({ ids: ids.slice(2), hasNextPage: false, hasPreviousPage: true });
    expect(await page({ last: 2, before: rest.startCursor })).toMatchObject({ ids: ids.slice(0, 2) });
    expect((await page({ last: 2 })).ids).toEqual(ids.slice(3));
    expect((await page({}, eve)).ids).toEqual([]);
    await expect(eve.ask(READ, { id: ids[0] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(page({ first: 2, after: first.endCursor }, eve)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('tell of nothing that did not happen', async () => {
    const { ask, sessionId } = { ...(await chatterOf(app)), sessionId: crypto.randomUUID() };
    for (const operation of [DELETE, DELETE_SESSION, CLEAR, FORGET, READ]) {
      await expect(ask(operation, { id: sessionId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect((await ask('{ deletionReceipts { edges { cursor } } }')).deletionReceipts.edges).toEqual([]);
  });

  it('go after their time', async () => {
    const { ask, record } = await chatterOf(app);
    const [old, recent] = [await record({ question: 'Why?' }), await record({ question: 'How?' })];
    for (const { interaction } of [old, recent]) await ask(DELETE, { id: interaction.id });
    await execute(
      app.databaseUrl,
      "update deletion_receipts set at = at - interval '31 days' where subject_id = $1",
      [old.interaction.id],
    );
    expect(await app.app.get(DeletionsService).forget(30)).toBe(1);
    const { deletionReceipts } = await ask('{ deletionReceipts { edges { node { subjectId } } } }');
    expect(deletionReceipts.edges).toEqual([{ node: { subjectId: recent.interaction.id } }]);
  });
});
