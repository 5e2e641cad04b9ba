import type { TestApp } from './app.js';
import { connect, watch } from './sockets.js';

const PROGRESS = `subscription ($id: UUID!) { importProgressed(id: $id) {
  id format dryRun state receivedBytes readBytes errorCount errors { path message }
  counts { kind created existing refused } } }`;

/** Sessions as they came. */
export const IMPORTED = `{ sessions { edges { node { id title active startedAt endedAt endReason durationSeconds channel tags
  interactionCount userMessageCount assistantMessageCount toolMessageCount inputTokens metadata
  messages { edges { node { role content at toolName } } }
  interactions { edges { node { id metadata occurredAt } } } } } } }`;

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

/** A conversation as ChatGPT exports it. */
export const chatgpt = (overrides: object = {}) => ({
  title: 'Bread',
  create_time: 1_767_600_000.5,
  conversation_id: 'c1',
  current_node: 'n5',
  mapping: {
    n0: { id: 'n0', message: null, parent: null, children: ['n1'] },
    n1: chatgptMessage('n0', 'system', [''], 0),
    n2: chatgptMessage(
      'n1',
      'user',
      ['How long does bread bake?', { content_type: 'image_asset_pointer', asset_pointer: 'file://1' }],
      1,
    ),
    n4: {
      ...chatgptMessage('n2', 'tool', ['42 minutes'], 3),
      message: {
        ...chatgptMessage('n2', 'tool', ['42 minutes'], 3).message,
        author: { role: 'tool', name: 'timer' },
      },
    },
    n5: chatgptMessage('n4', 'assistant', ['Forty-two minutes.'], 4),
  },
  ...overrides,
});

/** A message of one: who says what how many seconds later, after which other. */
export function chatgptMessage(parent: string, role: string, parts: unknown[], second: number) {
  const message = {
    author: { role },
    create_time: 1_767_600_000 + second,
    content: { content_type: 'text', parts },
    metadata: { model_slug: 'gpt-x' },
  };
  return { parent, children: [], message };
}
