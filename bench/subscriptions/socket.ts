import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const HEAD_END = Buffer.from('\r\n\r\n');
const NEXT = Buffer.from('"type":"next"');

export interface SocketOptions {
  port: number;
  token: string;
  query: string;
  /** Subscriptions that share the connection. */
  subscriptions: number;
  onEvent(message: Buffer): void;
  onFailure(error: Error): void;
}

/**
 * One WebSocket that speaks graphql-transport-ws, as cheaply as can be: thousands of them share one process with the
 * receiving of every event, and what they cost is missing to the server beside them.
 */
export class SubscriberSocket {
  readonly subscribed: Promise<void>;
  private readonly socket: Socket;
  private readonly options: SocketOptions;
  private pending: Buffer = Buffer.alloc(0);
  private upgraded = false;
  private closing = false;
  private acknowledged: () => void = () => {};

  constructor(options: SocketOptions) {
    this.options = options;
    this.subscribed = new Promise((resolve) => (this.acknowledged = resolve));
    this.socket = connect({ host: '127.0.0.1', port: options.port, noDelay: true });
    this.socket.on('connect', () => this.upgrade());
    this.socket.on('data', (chunk) => this.read(chunk as Buffer));
    this.socket.on('error', (error) => options.onFailure(error));
    this.socket.on('close', () => {
      if (!this.closing) options.onFailure(new Error('The server closed a subscriber.'));
    });
  }

  close(): void {
    this.closing = true;
    this.socket.destroy();
  }

  private upgrade(): void {
    const lines = [
      'GET /graphql HTTP/1.1',
      'host: 127.0.0.1',
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      `sec-websocket-key: ${randomBytes(16).toString('base64')}`,
      'sec-websocket-protocol: graphql-transport-ws',
    ];
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  private read(chunk: Buffer): void {
    let data = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    if (!this.upgraded) {
      const headEnd = data.indexOf(HEAD_END);
      if (headEnd < 0) return void (this.pending = data);
      const head = data.toString('latin1', 0, headEnd);
      if (!head.startsWith('HTTP/1.1 101')) return this.options.onFailure(new Error(`No WebSocket: ${head}`));
      this.upgraded = true;
      this.send({ type: 'connection_init', payload: { authorization: `Bearer ${this.options.token}` } });
      data = data.subarray(headEnd + HEAD_END.length);
    }
    let at = 0;
    while (data.length - at >= 2) {
      let length = data[at + 1]! & 127;
      let start = at + 2;
      if (length === 126) {
        if (data.length - at < 4) break;
        length = data.readUInt16BE(at + 2);
        start = at + 4;
      } else if (length === 127) {
        if (data.length - at < 10) break;
        length = Number(data.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      if (data.length < start + length) break;
      this.take(data[at]! & 15, data.subarray(start, start + length));
      at = start + length;
    }
    this.pending = at < data.length ? Buffer.from(data.subarray(at)) : Buffer.alloc(0);
  }

  private take(opcode: number, message: Buffer): void {
    if (opcode === PING) this.write(PONG, message);
    else if (opcode === CLOSE) this.options.onFailure(new Error(`Closed: ${String(message.subarray(2))}`));
    else if (message.includes(NEXT)) this.options.onEvent(message);
    else this.control(JSON.parse(String(message)));
  }

  private control({ type, payload }: { type: string; payload?: unknown }): void {
    if (type === 'ping') return this.send({ type: 'pong' });
    if (type !== 'connection_ack') {
      return this.options.onFailure(new Error(`Unexpected ${type}: ${JSON.stringify(payload)}`));
    }
    for (let id = 1; id <= this.options.subscriptions; id++) {
      this.send({ id: String(id), type: 'subscribe', payload: { query: this.options.query } });
    }
    this.acknowledged();
  }

  private send(message: object): void {
    this.write(TEXT, Buffer.from(JSON.stringify(message)));
  }

  /** Clients must mask; a mask of zeros changes nothing. */
  private write(opcode: number, body: Buffer): void {
    const head = Buffer.alloc(body.length < 126 ? 6 : 8);
    head[0] = 128 | opcode;
    if (body.length < 126) head[1] = 128 | body.length;
    else {
      head[1] = 128 | 126;
      head.writeUInt16BE(body.length, 2);
    }
    this.socket.write(Buffer.concat([head, body]));
  }
}
