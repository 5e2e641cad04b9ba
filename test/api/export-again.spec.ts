import { startApp, type TestApp } from '../support/app.js';
import { exported, importFile } from '../support/imports.js';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Runs a mutation by its name with its input, and answers the fields. */
async function change(name: string, input: object, fields = 'id'): Promise<any> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} } }`;
  return (await app.ask(query, { input }, token))[name];
}
const byId = (name: string, id: string, fields = '{ id }') =>
  app.ask(`mutation ($id: UUID!) { ${name}(id: $id) ${fields} }`, { id }, token);

const TURN = 'interaction { id } session { id }';

/** All that the API makes of an account, but for what docs/export.md says is not imported. */
async function account(): Promise<void> {
  ({ token } = await app.register());
  await change('updateMe', { displayName: 'Ada', timeZone: 'Asia/Tokyo', idleTimeoutSeconds: 90 });
  const template = await change('createTemplate', {
    name: 'Tutor',
    type: 'VOICE_CALL',
    systemNote: 'Slowly.',
    tags: ['x'],
    state: { a: 1 },
    tokenLimit: 900,
  });
  const lesson = await change('startFromTemplate', { templateId: template.id, scope: 'lessons' });
  await change('addMessage', { sessionId: lesson.id, role: 'USER', content: 'Hi', modality: 'VOICE' }, TURN);
  await change(
    'addMessage',
    { sessionId: lesson.id, role: 'ASSISTANT', content: 'Hello', metadata: { v: 1 } },
    TURN,
  );
  await change('addMessage', { sessionId: lesson.id, role: 'ASSISTANT', content: 'Again?' }, TURN);

  const { id } = await change('startSession', {
    ...{ title: 'Tea', tags: ['b', 'a'], pinned: true, metadata: { k: null, l: [1] }, state: { s: 1 } },
    ...{
      privacy: 'GROUP',
      scope: 'telegram:-1',
      channel: 'telegram',
      externalChatId: '-1',
      lifetimeSeconds: 9999,
    },
  });
  const said = async (question: string, more: object = {}) =>
    (await change('recordInteraction', { sessionId: id, question, answer: `${question}!`, ...more }, TURN))
      .interaction.id;
  const turns: string[] = [];
  for (let n = 0; n < 12; n++) turns.push(await said(`Which tea is number ${n} of all that there are?`));
  await change('rateInteraction', { id: turns[0], rating: 1, comment: 'No.' });
  await change(
    'recordToolCall',
    { interactionId: turns[1], toolName: 'shop', arguments: { q: 1 }, result: '2' },
    TURN,
  );
  await change('recordError', { interactionId: turns[2], message: 'slow', code: 'SLOW' }, TURN);
  const open = (await change('openInteraction', { sessionId: id, question: 'Open?' }, TURN)).interaction.id;
  await change('failInteraction', { id: open, error: 'broken', errorCode: 'X', answer: 'half' }, TURN);
  await change('openInteraction', { sessionId: id, question: 'For ever open?' }, TURN);
  await change('updateSessionState', { id, patch: { s: null, t: 2 }, expectedVersion: 0 });
  await byId('summarizeSession', id);

  const asked = await change(
    'sendMessage',
    { sessionId: lesson.id, text: 'Which tea is number 3?', wait: true },
    TURN,
  );
  await app.ask(
    'mutation ($id: UUID!) { regenerateAnswer(interactionId: $id, wait: true) { interaction { id } } }',
    { id: asked.interaction.id },
    token,
  );
  await change('rateInteraction', { id: asked.interaction.id, rating: 5 });

  const fork = await change('forkSession', { sessionId: id, atInteraction: turns[5], title: 'Fork' });
  await change('recordInteraction', { sessionId: fork.id, question: 'In the fork?' }, TURN);
  const cleared = await change('forkSession', { sessionId: id, atInteraction: turns[9], title: 'Cleared' });
  await change('recordInteraction', { sessionId: cleared.id, question: 'Gone?', answer: 'Yes.' }, TURN);
  await byId('clearMessages', cleared.id);
  await change('recordInteraction', { sessionId: cleared.id, question: 'After?' }, TURN);
  await change('updateSession', { id: cleared.id, archived: true, title: null });

  const fact = await change('addFact', { category: 'GOAL', text: 'wants to run', pinned: true });
  await change('correctFact', { id: fact.id, text: 'wants to swim' });
  const wrong = await change('addFact', { category: 'GOAL', text: 'wants to fly' });
  await byId('forgetFact', wrong.id, '');
  await change('endSession', { id, contextSummary: 'Tea.', sessionContext: { topics: ['tea'] } });
  for (const one of [lesson.id, fork.id, cleared.id]) await change('endSession', { id: one });
}

it('an account with all that the API makes is the same after an export, an import and an export', async () => {
  await account();
  const file = await exported(app, token);
  for (const part of [
    '"version":2',
    '"toolName":"shop"',
    '"errorCode":"X"',
    '"inherited":[{',
    '"summaries":[{',
    '"digests"',
  ]) {
    expect(file).toContain(part);
  }
  const other = await app.register();
  expect((await importFile(app, other.token, file)).errors).toEqual([]);
  expect((await exported(app, other.token)).split('\n')).toEqual(file.split('\n'));
});
