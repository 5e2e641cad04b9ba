import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { until } from './sockets.js';

/** One request of a bot to the REST API. */
interface RestCall {
  method: string;
  path: string;
  body: any;
}

export const BOT = {
  id: '100000000000000001',
  username: 'memory',
  discriminator: '0',
  avatar: null,
  bot: true,
};
/** A server of Discord's that the bot is in, with one channel. */
export const GUILD = { guild_id: '600000000000000001', channel_id: '300000000000000002', channel_type: 0 };
const APPLICATION = { id: '100000000000000002', flags: 0 };

/**
 * The part of Discord that a bot uses: the gateway (hello, identify, ready, events, heartbeats) and the REST API for
 * messages, commands and their answers. https://docs.discord.com/developers/events/gateway
 */
export class DiscordServer {
  readonly calls: RestCall[] = [];
  private sequence = 0;
  private last = 200_000_000_000_000_000n;
  private socket: WebSocket | undefined;
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private readonly gateway = new WebSocketServer({ server: this.server });

  static async start(): Promise<DiscordServer> {
    const discord = new DiscordServer();
    discord.gateway.on('connection', (socket) => discord.greet(socket));
    discord.server.listen(0, '127.0.0.1');
    await once(discord.server, 'listening');
    return discord;
  }

  get api(): string {
    return `http://${this.host}/api`;
  }

  /** Somebody writes to the bot directly. */
  say(content: string, extra: object = {}): void {
    const author = { id: '400000000000000001', username: 'nora', discriminator: '0', avatar: null };
    this.dispatch('MESSAGE_CREATE', { ...this.message(author, content), channel_type: 1, ...extra });
  }

  /** Somebody uses a slash command, directly with the bot. */
  command(name: string, options: object[] = []): void {
    this.dispatch('INTERACTION_CREATE', {
      id: this.id(),
      application_id: APPLICATION.id,
      type: 2,
      token: `token-${this.last}`,
      version: 1,
      channel_id: '300000000000000001',
      channel: { id: '300000000000000001', type: 1 },
      user: { id: '400000000000000001', username: 'nora', discriminator: '0', avatar: null },
      data: { id: this.id(), name, type: 1, options },
      locale: 'en-US',
      entitlements: [],
      authorizing_integration_owners: {},
      attachment_size_limit: 0,
    });
  }

  dispatch(event: string, data: object): void {
    this.send({ op: 0, t: event, s: ++this.sequence, d: data });
  }

  /** The bot's requests whose method and path match, once there are so many. */
  called(pattern: RegExp, count = 1): Promise<RestCall[]> {
    const made = () => this.calls.filter(({ method, path }) => pattern.test(`${method} ${path}`));
    return until(() => made().length >= count && made());
  }

  async close(): Promise<void> {
    for (const client of this.gateway.clients) client.terminate();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private id(): string {
    return String(++this.last);
  }

  private send(payload: object): void {
    this.socket!.send(JSON.stringify(payload));
  }

  private greet(socket: WebSocket): void {
    this.socket = socket;
    this.send({ op: 10, d: { heartbeat_interval: 45_000 } });
    socket.on('message', (data: Buffer) => {
      const { op } = JSON.parse(data.toString()) as { op: number };
      if (op === 1) this.send({ op: 11 });
      if (op === 2) {
        this.dispatch('READY', {
          v: 10,
          user: BOT,
          guilds: [],
          session_id: 'session',
          resume_gateway_url: `ws://${this.host}`,
          application: APPLICATION,
        });
        this.dispatch('GUILD_CREATE', {
          id: GUILD.guild_id,
          name: 'Family',
          channels: [{ id: GUILD.channel_id, type: GUILD.channel_type, name: 'general' }],
        });
      }
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const path = request.url!.replace(/^\/api\/v\d+/, '');
    const call = {
      method: request.method!,
      path,
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
    };
    this.calls.push(call);
    const body = this.resultOf(call);
    if (body === undefined) response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private resultOf({ method, path, body }: RestCall): unknown {
    if (path === '/gateway/bot') {
      const session_start_limit = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 };
      return { url: `ws://${this.host}`, shards: 1, session_start_limit };
    }
    if (path.includes('/commands'))
      return (body as object[]).map((command) => ({ id: this.id(), version: '1', ...command }));
    if (path.includes('/callback')) return undefined;
    if (method === 'GET' && path.startsWith('/channels/'))
      return { id: path.split('/')[2], type: 1, recipients: [] };
    return this.message(BOT, body.content ?? '');
  }

  private message(author: object, content: string): object {
    return {
      id: this.id(),
      channel_id: '300000000000000001',
      author,
      content,
      timestamp: new Date().toISOString(),
      edited_timestamp: null,
      tts: false,
      mention_everyone: false,
      mentions: [],
      mention_roles: [],
      attachments: [],
      embeds: [],
      pinned: false,
      type: 0,
    };
  }
}
