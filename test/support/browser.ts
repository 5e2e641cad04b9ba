import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';

/** Names that lead to this machine, for pages that are not of localhost. */
const ARGUMENTS = ['--host-resolver-rules=MAP *.example 127.0.0.1', '--no-proxy-server'];

/** The browser that CHROMIUM names. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM!, args: ARGUMENTS });
}

/** One person's browser for one test. What pages say and show is told when the test fails; an uncaught error fails it. */
export async function visit(
  browser: Browser,
  body: (context: BrowserContext) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await browser.newContext(options);
  const said: string[] = [];
  const uncaught: Error[] = [];
  context.on('console', (message) => said.push(message.text()));
  context.on('weberror', (error) => uncaught.push(error.error()));
  try {
    await body(context);
    expect(uncaught).toEqual([]);
  } catch (error) {
    const shown = await Promise.all(context.pages().map(showing));
    const told = [...uncaught.map(String), ...said].join('\n');
    const page = `Pages said:\n${told}\n\nPages show:\n${shown.join('\n')}`;
    throw new Error(`${(error as Error).message}\n\n${page}`, { cause: error });
  } finally {
    await context.close();
  }
}

async function showing(page: Page): Promise<string> {
  return `${page.url()}\n${await page.locator('body').ariaSnapshot({ timeout: 5000 }).catch(String)}`;
}
