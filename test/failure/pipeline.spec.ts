import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Pipelines } from '../../src/database/pipeline.js';
import { until } from '../support/sockets.js';

const SIZE = 4;

describe('pipelines of which one is lost', () => {
  let accepting = true;
  const connections: Socket[] = [];
  const proxy = createServer((client) => {
    if (!accepting) return void client.destroy();
    const { hostname, port } = new URL(process.env.TEST_DATABASE_URL!);
    const server = connect(Number(port), hostname);
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.on('close', () => {
      server.destroy();
      connections.splice(connections.indexOf(client), 1);
    });
    connections.push(client);
  });
  let pipelines: Pipelines;

  beforeAll(async () => {
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = new URL(process.env.TEST_DATABASE_URL!);
    url.hostname = '127.0.0.1';
    url.port = String((proxy.address() as AddressInfo).port);
    pipelines = new Pipelines(url.href, SIZE);
    await pipelines.connect();
  });

  afterAll(async () => {
    await pipelines.close();
    await new Promise((resolve) => proxy.close(resolve));
  });

  const read = () => pipelines.query({ text: 'select 1 as one' });

  it('lets the others read, and comes back by itself', async () => {
    accepting = false;
    connections[0]!.destroy();
    await until(() => connections.length === SIZE - 1);
    // Until the client has noticed, it may still be asked.
    await read().catch(() => undefined);

    const failures: unknown[] = [];
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        for (let times = 0; times < 20; times++) await read().catch((error: unknown) => failures.push(error));
      }),
    );
    expect(failures).toEqual([]);

    accepting = true;
    await until(() => connections.length === SIZE);
    await read();
  });

  it('are asked when all are lost, and so work again at once', async () => {
    accepting = false;
    for (const socket of [...connections]) socket.destroy();
    await until(() => connections.length === 0);
    accepting = true;
    // Each may be asked once more before its client has noticed; then one that is connected anew answers.
    let rows: unknown[] | undefined;
    for (let times = 0; !rows && times <= SIZE; times++) {
      rows = await read().then(
        (result) => result.rows as unknown[],
        () => undefined,
      );
    }
    expect(rows).toEqual([{ one: 1 }]);
  });
});
