import { serverAudits } from 'graphql-http';
import { startApp, type TestApp } from '../support/app.js';

/** GraphQL over HTTP, as its own working group audits it. */
describe('the server', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await startApp();
  });
  afterAll(() => server.close());

  const audits = serverAudits({ url: () => `${server.url}/graphql` });
  const demanded = audits.filter(({ name }) => /^(MUST|SHOULD)/.test(name));

  test('is asked all that is demanded', () => {
    const count = (word: string) => demanded.filter(({ name }) => name.startsWith(word)).length;
    expect([count('MUST'), count('SHOULD')]).toEqual([13, 23]);
  });

  test.each(demanded.map(({ id, name, fn }) => [id, name, fn] as const))(
    '%s %s',
    async (_id, _name, audit) => {
      expect(await audit()).toMatchObject({ status: 'ok' });
    },
  );
});
