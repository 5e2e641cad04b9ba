import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './sockets.js';

/** One call of a bot: the method and what came with it. */
interface BotCall {
  method: string;
  payload: any;
}

/** The part of Telegram's Bot API that a bot uses which polls: https://core.telegram.org/bots/api */
export class TelegramServer {
  readonly calls: BotCall[] = [];
  /** Texts longer than Telegram takes are refused as Telegram does. */
  readonly maxLength = 4096;
  /** Refuses the next message. */
  refuseNext = false;
  private readonly updates: object[] = [];
  private readonly news = new EventEmitter();
  private lastUpdate = 0;
  private lastMessage = 0;
  private readonly server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<TelegramServer> {
    const telegram = new TelegramServer();
    telegram.server.listen(0, '127.0.0.1');
    await once(telegram.server, 'listening');
    return telegram;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Somebody writes to the bot, in a private chat unless `chat` says otherwise; returns the message's id. */
  say(message: { text?: string; from?: number; chat?: object } & Record<string, unknown>): number {
    const { from = 1, chat, ...rest } = message;
    const text = message.text ?? '';
    const command = /^\/\w+/.exec(text)?.[0];
    const sent = {
      message_id: ++this.lastMessage,
      date: Math.floor(Date.now() / 1000),
      from: { id: from, is_bot: false, first_name: 'Nora' },
      chat: chat ?? { id: from, type: 'private', first_name: 'Nora' },
      ...(command && { entities: [{ type: 'bot_command', offset: 0, length: command.length }] }),
      ...rest,
    };
    this.deliver(sent);
    return sent.message_id;
  }

  /** Delivers a message, perhaps once more. */
  deliver(message: object): void {
    this.updates.push({ update_id: ++this.lastUpdate, message });
    this.news.emit('update');
  }

  /** The bot's calls of a method, once there are so many. */
  called(method: string, count = 1): Promise<BotCall[]> {
    const made = () => this.calls.filter((call) => call.method === method);
    return until(() => made().length >= count && made());
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const method = request.url!.split('/').at(-1)!;
    const body = Buffer.concat(chunks).toString();
    const payload = body === '' ? {} : JSON.parse(body);
    if (method === 'getUpdates') {
      await this.poll(payload, response);
      return;
    }
    this.calls.push({ method, payload });
    if (method === 'sendMessage' && payload.text.length > this.maxLength) {
      this.send(response, 400, {
        ok: false,
        error_code: 400,
        description: 'Bad Request: message is too long',
      });
      return;
    }
    if (method === 'sendMessage' && this.refuseNext) {
      this.refuseNext = false;
      this.send(response, 400, { ok: false, error_code: 400, description: 'Bad Request: chat not found' });
      return;
    }
    this.send(response, 200, { ok: true, result: this.resultOf(method, payload) });
  }

  /** Without a timeout it answers at once: so a bot that stops tells what it has seen. */
  private async poll(
    { offset = 0, timeout = 0 }: { offset?: number; timeout?: number },
    response: ServerResponse,
  ): Promise<void> {
    const fresh = () =>
      this.updates.filter((update) => (update as { update_id: number }).update_id >= offset);
    while (timeout > 0 && fresh().length === 0 && !response.destroyed) {
      await Promise.race([once(this.news, 'update'), once(response, 'close')]);
    }
    this.send(response, 200, { ok: true, result: fresh() });
  }

  private resultOf(method: string, { chat_id: id, text }: { chat_id?: number; text?: string }): unknown {
    switch (method) {
      case 'getMe':
        return { id: 99, is_bot: true, first_name: 'Memory', username: 'memory_bot' };
      case 'sendMessage':
        return { message_id: ++this.lastMessage, date: 0, chat: { id, type: 'private' }, text };
      case 'sendDice':
        return {
          message_id: ++this.lastMessage,
          date: 0,
          chat: { id, type: 'private' },
          dice: { emoji: '🎲', value: 4 },
        };
      default:
        return true;
    }
  }

  private send(response: ServerResponse, status: number, body: object): void {
    if (response.destroyed) return;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}
