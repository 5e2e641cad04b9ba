import { setTimeout as wait } from 'node:timers/promises';
import { Client, connectionOptions } from './connection.js';

const HEARTBEAT_MILLISECONDS = 5000;
const FIRST_RETRY_MILLISECONDS = 50;
const LAST_RETRY_MILLISECONDS = 1000;

/** Listens on one channel for as long as it lives, over a connection of its own that it renews when it breaks. */
export class Listener {
  private client: Client | null = null;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly channel: string,
    private readonly onMessage: (payload: string) => void,
    private readonly onGap: () => void,
    private readonly timeoutSeconds?: number,
  ) {}

  async open(): Promise<void> {
    const client = new Client(connectionOptions(this.url, 'app', 'listener', this.timeoutSeconds));
    client.on('notification', (message) => this.onMessage(message.payload ?? ''));
    await client.connect();
    try {
      await (client.query(`listen ${client.escapeIdentifier(this.channel)}`) as Promise<unknown>);
    } catch (error) {
      void client.end();
      throw error;
    }
    this.client = client;
    this.watch(client);
    if (this.closed) await client.end();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.client?.end();
  }

  /** A connection that only listens never notices that its peer is gone, unless it asks now and then. */
  private watch(client: Client): void {
    const heartbeat = setInterval(() => {
      (client.query('select') as Promise<unknown>).catch(() => client.end());
    }, HEARTBEAT_MILLISECONDS).unref();
    client.once('end', () => {
      clearInterval(heartbeat);
      if (!this.closed) void this.reopen();
    });
  }

  private async reopen(): Promise<void> {
    for (
      let pause = FIRST_RETRY_MILLISECONDS;
      !this.closed;
      pause = Math.min(pause * 2, LAST_RETRY_MILLISECONDS)
    ) {
      try {
        await this.open();
        this.onGap();
        return;
      } catch {
        await wait(pause, undefined, { ref: false });
      }
    }
  }
}
