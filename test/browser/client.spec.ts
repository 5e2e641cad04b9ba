import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.js';
import { launch, visit } from '../support/browser.js';
import { Proxy } from '../support/proxy.js';
import { startSite } from '../support/site.js';

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
const STORED = `{ sessions(sort: { by: STARTED, direction: ASC }) { edges { node {
  title messages(first: 100) { edges { node { content } } } } } } }`;

let app: TestApp;
let proxy: Proxy;
let site: Awaited<ReturnType<typeof startSite>>;
let browser: Browser;
let email: string;

beforeAll(async () => {
  app = await startApp();
  proxy = await Proxy.to(app.url);
  [site, browser] = await Promise.all([startSite(new URL(proxy.url).host), launch()]);
});
afterAll(async () => {
  await browser.close();
  await site.close();
  await proxy.close();
  await app.close();
});
beforeEach(() => {
  proxy.set('open');
  email = `${randomUUID()}@example.org`;
});

/** Opens the chat, whose page is of one origin and whose service of another. */
async function openChat(context: BrowserContext, service = proxy.url, host = 'localhost'): Promise<Page> {
  const page = await context.newPage();
  const query = new URLSearchParams({ service: `${service}/graphql`, email });
  await page.goto(`http://${host}:${site.port}/chat.html?${query.toString()}`);
  await idle(page);
  return page;
}

async function say(page: Page, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await page.getByRole('textbox').fill(text);
    await page.keyboard.press('Enter');
    await page.getByLabel('Messages').getByText(text, { exact: true }).waitFor();
  }
}

const messages = (page: Page, state: 'saved' | 'waiting'): Promise<string[]> =>
  page.locator(`[aria-label=Messages] .${state}`).allTextContents();

/** Until the server has, as far as the page knows, everything up to this message. */
const saved = (page: Page, text: string): Promise<void> =>
  page.locator('[aria-label=Messages] .saved').getByText(text, { exact: true }).waitFor();

/** Until the page has done what it was asked to. */
const idle = (page: Page): Promise<void> => page.locator('main[aria-busy=false]').waitFor();

async function click(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  await idle(page);
}

/** From now on time goes on where a test says so. */
async function stopClock(page: Page): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
}

/** What the service has of the person, by session. */
async function stored(of = app): Promise<[title: string | null, ...messages: string[]][]> {
  const { login } = await of.ask(LOGIN, { input: { email, password: 'correct horse battery' } });
  const { sessions } = await of.ask(STORED, {}, login.accessToken);
  return sessions.edges.map(({ node }: any) => [
    node.title,
    ...node.messages.edges.map(({ node }: any) => node.content),
  ]);
}

describe('the client in a browser', () => {
  it('keeps sessions: starts, saves, lists, loads, continues and deletes them', () =>
    visit(browser, async (context) => {
      const page = await openChat(context);
      await say(page, 'Which tea?');
      await click(page, 'New session');
      await say(page, 'Which coffee?');
      await click(page, 'Save');
      await saved(page, 'Which coffee?');
      expect(await stored()).toEqual([
        [null, 'Which tea?'],
        ['Another', 'Which coffee?'],
      ]);

      await click(page, 'List');
      const sessions = page.getByLabel('Sessions').getByRole('listitem');
      await sessions.filter({ hasText: 'Untitled' }).getByText('Load').click();
      await idle(page);
      await say(page, 'The smoky one.');
      await click(page, 'Save');
      await saved(page, 'The smoky one.');
      await sessions.filter({ hasText: 'Another' }).getByText('Delete').click();
      await idle(page);
      await click(page, 'Save');
      await click(page, 'List');
      expect(await sessions.allTextContents()).toEqual(['UntitledLoadDelete']);
      expect(await stored()).toEqual([[null, 'Which tea?', 'The smoky one.']]);
    }));

  it('sends once, and as soon as the browser is online, what was said offline', () =>
    visit(browser, async (context) => {
      const page = await openChat(context);
      await say(page, 'Here.');
      await saved(page, 'Here.');
      await stopClock(page);
      await context.setOffline(true);
      await say(page, 'In the tunnel.', 'Still in it.');
      await click(page, 'Save');
      await page.getByRole('alert').getByText('Nothing answers').waitFor();
      expect(await messages(page, 'waiting')).toEqual(['In the tunnel.', 'Still in it.']);
      await context.setOffline(false);
      await saved(page, 'Still in it.');
      expect(await stored()).toEqual([[null, 'Here.', 'In the tunnel.', 'Still in it.']]);
    }));

  it('sends once what arrived before the answer was lost', () =>
    visit(browser, async (context) => {
      const page = await openChat(context);
      await say(page, 'Here.');
      await saved(page, 'Here.');
      proxy.set('mute');
      await say(page, 'Did you hear that?');
      await click(page, 'Save');
      await page.getByRole('alert').getByText('Nothing answers').waitFor();
      expect(await stored()).toEqual([[null, 'Here.', 'Did you hear that?']]);
      proxy.set('open');
      await saved(page, 'Did you hear that?');
      expect(await stored()).toEqual([[null, 'Here.', 'Did you hear that?']]);
    }));

  it('shows the last session after a reload, and sends what was left', () =>
    visit(browser, async (context) => {
      const page = await openChat(context);
      await say(page, 'Before.');
      await saved(page, 'Before.');
      proxy.set('down');
      await say(page, 'Into the void.');
      await page.reload();
      await page.getByLabel('Messages').getByText('Into the void.').waitFor();
      expect([await messages(page, 'saved'), await messages(page, 'waiting')]).toEqual([
        ['Before.'],
        ['Into the void.'],
      ]);
      proxy.set('open');
      await saved(page, 'Into the void.');
      expect(await stored()).toEqual([[null, 'Before.', 'Into the void.']]);
    }));

  it('shares what waits among tabs: each message is stored once, and each tab knows', () =>
    visit(browser, async (context) => {
      const first = await openChat(context);
      await say(first, 'From the first.');
      await saved(first, 'From the first.');
      const second = await openChat(context);
      await saved(second, 'From the first.');
      proxy.set('down');
      await say(first, 'First again.');
      await say(second, 'From the second.');
      proxy.set('open');
      await Promise.all([click(first, 'Save'), click(second, 'Save')]);
      await saved(first, 'First again.');
      await saved(second, 'From the second.');
      expect(await stored()).toEqual([[null, 'From the first.', 'First again.', 'From the second.']]);
    }));

  it('saves by itself, every five seconds at most', () =>
    visit(browser, async (context) => {
      const page = await openChat(context);
      await stopClock(page);
      await say(page, 'At once.');
      await page.clock.runFor(1);
      await saved(page, 'At once.');
      await say(page, 'Later.');
      await page.clock.runFor(4900);
      expect(await messages(page, 'waiting')).toEqual(['Later.']);
      await page.clock.runFor(100);
      await saved(page, 'Later.');
      expect(await stored()).toEqual([[null, 'At once.', 'Later.']]);
    }));

  it('hears everything once, however often the connection goes', () =>
    visit(browser, async (context) => {
      const page = await openChat(context);
      const heard = page.getByLabel('Heard').getByRole('listitem');
      await say(page, 'One.');
      await heard.getByText('One.').waitFor();
      const { login } = await app.ask(LOGIN, { input: { email, password: 'correct horse battery' } });
      const record = (question: string) =>
        app.ask(
          'mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }',
          { input: { question } },
          login.accessToken,
        );
      for (const number of ['Two.', 'Three.', 'Four.']) {
        proxy.set('down');
        await record(number);
        proxy.set('open');
        await heard.getByText(number).waitFor();
      }
      expect(await heard.allTextContents()).toEqual(['One.', 'Two.', 'Three.', 'Four.']);
    }));
});

describe('a page of another origin', () => {
  let production: TestApp;

  beforeAll(async () => {
    production = await startApp({
      NODE_ENV: 'production',
      RECOLLECT_SECRET: 'a secret for a service in production',
      ALLOWED_ORIGINS: `http://chat.example:${site.port}`,
    });
  });
  afterAll(() => production.close());

  it('may call when ALLOWED_ORIGINS names it', () =>
    visit(browser, async (context) => {
      const page = await openChat(context, production.url, 'chat.example');
      await say(page, 'May I?');
      await saved(page, 'May I?');
      await page.getByLabel('Heard').getByText('May I?').waitFor();
      expect(await stored(production)).toEqual([[null, 'May I?']]);
    }));

  it.each(['other.example', 'localhost'])('may not when it does not: %s', (host) =>
    visit(browser, async (context) => {
      const page = await openChat(context, production.url, host);
      await page.getByRole('alert').getByText('Nothing answers').waitFor();
      const socket = page.evaluate(
        (url) =>
          new Promise((resolve) => {
            const socket = new WebSocket(url, 'graphql-transport-ws');
            for (const event of ['open', 'error']) socket.addEventListener(event, () => resolve(event));
          }),
        production.wsUrl,
      );
      expect(await socket).toBe('error');
    }),
  );
});

describe("README's Apollo Client", () => {
  it('shows the list in React, and everything that comes once, though its connection is lost', () =>
    visit(browser, async (context) => {
      const { token } = await app.register();
      const record = (question: string) =>
        app.ask(
          'mutation ($input: RecordInteractionInput!) { recordInteraction(input: $input) { interaction { id } } }',
          { input: { question } },
          token,
        );
      await record('One.');
      await record('Two.');
      const page = await context.newPage();
      await page.goto(`http://localhost:${site.port}/sidebar.html?token=${token}`);
      const items = page.getByRole('listitem');
      await items.getByText('Two.').waitFor();
      for (const question of ['Three.', 'Four.']) {
        await record(question);
        await items.getByText(question).waitFor();
        proxy.set('down');
        await record(`After ${question}`);
        proxy.set('open');
        await items.getByText(`After ${question}`).waitFor();
      }
      expect(await items.allTextContents()).toEqual([
        ...['One.', 'Two.', 'Three.', 'After Three.', 'Four.', 'After Four.'],
      ]);
    }));
});
