import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';

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

describe('addMessage', () => {
  const ADD = `mutation ($input: AddMessageInput!) { addMessage(input: $input) {
    message { id role content tokens interactionId } interaction { id status } session { id interactionCount } } }`;
  const MESSAGES = `query ($id: UUID!, $first: Int, $after: String, $last: Int, $before: String) { session(id: $id) {
    messages(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { id role content isError toolName } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  const add = async (input: object) => (await ask(ADD, { input })).addMessage;

  it('reads back every message in the order it came, whatever the order of roles', async () => {
    const roles = [
      'SYSTEM',
      'ASSISTANT',
      'USER',
      'USER',
      'TOOL',
      'ASSISTANT',
      'ASSISTANT',
      'TOOL',
      'USER',
      'SYSTEM',
    ];
    let session = '';
    for (const [n, role] of roles.entries()) {
      const added = await add({ role, content: `m${n} ` });
      expect(added.message).toMatchObject({ role, content: `m${n} ` });
      session = added.session.id;
    }
    const read = async (args: object) => (await ask(MESSAGES, { id: session, ...args })).session.messages;
    const all = await read({ first: 100 });
    expect(all.edges.map(({ node }: any) => [node.role, node.content])).toEqual(
      roles.map((role, n) => [role, `m${n} `]),
    );
    const ids = all.edges.map(({ node }: any) => node.id);
    for (const size of [1, 3]) {
      const forward: string[] = [];
      let page = await read({ first: size });
      for (;;) {
        forward.push(...page.edges.map(({ node }: any) => node.id));
        if (!page.pageInfo.hasNextPage) break;
        page = await read({ first: size, after: page.pageInfo.endCursor });
      }
      expect(forward).toEqual(ids);
      const backward: string[] = [];
      page = await read({ last: size });
      for (;;) {
        backward.unshift(...page.edges.map(({ node }: any) => node.id));
        if (!page.pageInfo.hasPreviousPage) break;
        page = await read({ last: size, before: page.pageInfo.startCursor });
      }
      expect(backward).toEqual(ids);
    }
  });

  it('refuses one id for two messages, whatever their roles', async () => {
    for (const [first, second] of [
      ['USER', 'ASSISTANT'],
      ['ASSISTANT', 'USER'],
      ['TOOL', 'USER'],
      ['USER', 'TOOL'],
    ]) {
      const id = randomUUID();
      await add({ id, role: first, content: 'same' });
      await expect(add({ id, role: second, content: 'same' })).rejects.toMatchObject({ code: 'CONFLICT' });
    }
  });

  it('changes nothing when it is refused, not even the session it would have resumed', async () => {
    const steps = Array.from({ length: 256 }, () => ({ role: 'TOOL', content: 'x' }));
    const opened = await add({ role: 'USER', content: 'full' });
    const COMPLETE_STEPS = `mutation ($input: FailInteractionInput!) { failInteraction(input: $input) { interaction { id } } }`;
    await ask(COMPLETE_STEPS, { input: { id: opened.interaction.id, error: 'x', steps } });
    const { session } = opened;
    await ask('mutation ($id: UUID!) { endSession(input: { id: $id }) { id } }', { id: session.id });
    const { me } = await ask('{ me { revision } }');
    await expect(
      add({ role: 'TOOL', content: 'y', sessionId: session.id, metadata: { a: 'x'.repeat(300_000) } }),
    ).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect((await ask('{ me { revision } }')).me).toEqual(me);
  });

  it('takes a tool name for a TOOL only', async () => {
    await expect(add({ role: 'USER', content: 'x', toolName: 't' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it.each(['USER', 'ASSISTANT', 'TOOL', 'SYSTEM'])('is idempotent for %s', async (role) => {
    const input = { id: randomUUID(), role, content: 'once' };
    const first = await add(input);
    expect(first.message.id).toBe(input.id);
    await add({ role: 'USER', content: 'in between' });
    const retry = await add(input);
    expect(retry.message).toEqual(first.message);
    await expect(add({ ...input, content: 'twice' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(retry.session.interactionCount).toBe(2);
  });
});
