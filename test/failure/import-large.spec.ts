import { Readable } from 'node:stream';
import { createDirectory } from '../support/database.js';
import { connect, watch } from '../support/sockets.js';
import { register, startService } from './service.js';

/** Less than the file would take with the service: of this much a third is alive at rest. */
const HEAP_MEGABYTES = 256;
const TURNS = 200;
/** As text 12 MB of all turns, and as objects 300 MB. */
const CONTEXT = `{"all":[${Array(20_000).fill('{}').join()}]}`;

const PROGRESS = `subscription ($id: UUID!) { importProgressed(id: $id) {
  state errors { message } counts { kind created } } }`;

const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function* file(): Generator<string> {
  yield `{"format":"recollect-export","version":1,"sessions":[{"id":"${idOf(0)}","startedAt":"2025-01-01T00:00:00Z",`;
  yield '"interactions":[';
  for (let n = 1; n <= TURNS; n++) {
    if (n > 1) yield ',';
    yield `{"id":"${idOf(n)}","question":"${n}?","occurredAt":"2025-01-01T00:00:00Z","contextUsed":${CONTEXT}}`;
  }
  yield ']}]}';
}

describe('an import of more than the memory holds', () => {
  it('is whole', async () => {
    const directory = createDirectory();
    const service = await startService({
      DATA_DIR: directory.path,
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MEGABYTES}`,
    });
    const { token } = await register(service.url);
    const response = await fetch(`${service.url}/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: Readable.toWeb(Readable.from(file())),
      duplex: 'half',
    });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    const client = connect(`${service.url.replace('http', 'ws')}/graphql`, token);
    const progress = await watch(client, PROGRESS, { id }).ended;
    await client.dispose();
    expect(progress.at(-1)).toEqual({
      state: 'COMPLETED',
      errors: [],
      counts: [
        { kind: 'interactions', created: TURNS },
        { kind: 'sessions', created: 1 },
      ],
    });
    await service.end('SIGTERM');
    directory.remove();
  }, 120_000);
});
