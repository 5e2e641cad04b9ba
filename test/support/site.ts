import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { APOLLO_CLIENT, operation } from './readme.js';

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

/** The pages of test/browser/page on a web server of their own, as an application has one; README's client asks `host`. */
export async function startSite(host: string): Promise<{ port: number; close(): Promise<void> }> {
  const directory = build(host);
  const server = createServer(({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://site');
    response.setHeader('content-type', TYPES[extname(pathname)] ?? 'application/octet-stream');
    createReadStream(join(directory, 'dist', pathname))
      .on('error', () => response.writeHead(404).end())
      .pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      rmSync(directory, { recursive: true });
    },
  };
}

/** Among what is installed, so that the client finds its packages. */
function build(host: string): string {
  mkdirSync('node_modules/.cache', { recursive: true });
  const directory = mkdtempSync(resolve('node_modules/.cache/recollect-site-'));
  const client = join(directory, 'readme-client.ts');
  const operations = ['Sidebar', 'Added'].map(
    (name) => `export const ${name.toUpperCase()} = ${JSON.stringify(operation(name))};`,
  );
  writeFileSync(client, [APOLLO_CLIENT.replaceAll('127.0.0.1:4000', host), ...operations].join('\n'));
  const vite = resolve('node_modules/vite/bin/vite.js');
  const config = resolve('test/browser/page/vite.config.ts');
  const options = ['build', '--config', config, '--outDir', join(directory, 'dist')];
  execFileSync(process.execPath, [vite, ...options], { env: { ...process.env, README_CLIENT: client } });
  return directory;
}
