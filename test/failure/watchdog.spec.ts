import { Client, connectionOptions } from '../../src/database/connection.js';
import { translateFailure } from '../../src/database/failures.js';
import { UnavailableError } from '../../src/common/errors.js';

describe.each([true, false])('a connection (pipelined: %p)', (pipeline) => {
  const open = async (answerMilliseconds: number) => {
    const options = connectionOptions(process.env.TEST_DATABASE_URL!, 'app', 'test');
    const client = new Client({ ...options, pipeline, answerMilliseconds });
    await client.connect();
    return client;
  };
  const run = (client: Client, text: string, values?: unknown[]) =>
    client.query(text, values) as Promise<unknown>;

  it('is cut off when a statement is not answered in time, with all that wait behind it', async () => {
    const client = await open(200);
    const ended = new Promise((resolve) => client.once('end', resolve));
    await run(client, 'select');
    const statements = [run(client, 'select pg_sleep(60)'), ...(pipeline ? [run(client, 'select')] : [])];
    for (const { status, ...rest } of await Promise.allSettled(statements)) {
      expect(status).toBe('rejected');
      expect(translateFailure((rest as PromiseRejectedResult).reason)).toBeInstanceOf(UnavailableError);
    }
    await ended;
  });

  it('stays when every statement is answered in time, refused or not', async () => {
    const client = await open(1000);
    // Longer in all than one may take.
    for (let times = 0; times < 12; times++) {
      await expect(run(client, 'select 1 / 0')).rejects.toThrow('division by zero');
      await run(client, 'select pg_sleep(0.1)');
    }
    await client.end();
  });

  it('waits longer for a statement that carries much', async () => {
    const client = await open(200);
    await run(client, 'select length($1), pg_sleep(0.5)', ['x'.repeat(30e6)]);
    await client.end();
  });

  it('answers a callback too', async () => {
    const client = await open(5000);
    const rows = await new Promise((resolve, reject) => {
      client.query(
        'select $1::text as said',
        ['hello'],
        (error: Error | undefined, result: { rows: unknown[] }) =>
          error ? reject(error) : resolve(result.rows),
      );
    });
    expect(rows).toEqual([{ said: 'hello' }]);
    await client.end();
  });
});
