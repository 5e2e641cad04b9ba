import type { TestApp } from './app.js';
import { connect, watch } from './sockets.js';

const PROGRESS = `subscription ($id: UUID!) { importProgressed(id: $id) {
  id format dryRun state receivedBytes readBytes errorCount errors { path message }
  counts { kind created existing refused } } }`;

/** What an import has become, with its counts by kind: `[created, existing, refused]`. */
interface Report {
  id: string;
  format: string | null;
  state: string;
  receivedBytes: number;
  readBytes: number;
  errorCount: number;
  errors: { path: string; message: string }[];
  counts: Record<string, [created: number, existing: number, refused: number]>;
}

/** Sends a file as a client does, and answers what the server says to it. */
export function upload(
  app: TestApp,
  token: string,
  file: string | Uint8Array<ArrayBuffer>,
  query = '',
): Promise<Response> {
  return fetch(`${app.url}/import${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: file,
  });
}

/** Sends a file and waits until it is imported. */
export async function importFile(app: TestApp, token: string, file: unknown, query = ''): Promise<Report> {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  const response = await upload(app, token, text, query);
  const body = (await response.json()) as { id: string; errors?: unknown };
  if (response.status !== 202) throw new Error(JSON.stringify(body));
  return finished(app, token, body.id);
}

export async function finished(app: TestApp, token: string, id: string): Promise<Report> {
  const client = connect(app.wsUrl, token);
  const progress = watch(client, PROGRESS, { id });
  const { counts, ...report } = (await progress.ended).at(-1);
  await client.dispose();
  return {
    ...report,
    counts: Object.fromEntries(
      counts.map(({ kind, created, existing, refused }: any) => [kind, [created, existing, refused]]),
    ),
  };
}

/** What an export of everything holds, but for whose it is. */
export async function exported(app: TestApp, token: string): Promise<string> {
  const response = await fetch(`${app.url}/export`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  return text.replace(/"user":.*?,"templates"/, '"user":{},"templates"');
}
