import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** As much of Redis as wake-ups and limits use, over real TCP: publish, subscribe, and counters that expire. */
export class RedisServer {
  private readonly sockets = new Set<Socket>();
  private readonly channels = new Map<string, Set<Socket>>();
  private readonly server: Server = createServer((socket) => this.serve(socket));
  private readonly counters = new Map<string, { count: number; expiresAt: number }>();
  published: string[] = [];
  private port = 0;

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return `redis://127.0.0.1:${this.port}`;
  }

  /** As when Redis goes away: connections break, and none is accepted until `start()`. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  get subscribers(): number {
    return this.channels.get('recollect_changes')?.size ?? 0;
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (let command = take(text); command; command = take(text)) {
        text = text.slice(command.length);
        socket.write(this.answer(socket, command.words));
      }
    });
    socket
      .on('error', () => undefined)
      .on('close', () => {
        this.sockets.delete(socket);
        for (const subscribers of this.channels.values()) subscribers.delete(socket);
      });
  }

  private answer(socket: Socket, [name = '', ...words]: string[]): string {
    switch (name.toLowerCase()) {
      case 'info':
        return bulk('redis_version:7.4.0\r\nloading:0');
      case 'subscribe':
        return words.map((channel, index) => this.subscribe(socket, channel, index + 1)).join('');
      case 'publish': {
        const [channel = '', message = ''] = words;
        this.published.push(message);
        const subscribers = this.channels.get(channel) ?? [];
        for (const subscriber of subscribers) {
          subscriber.write(`*3\r\n${bulk('message')}${bulk(channel)}${bulk(message)}`);
        }
        return ':1\r\n';
      }
      case 'evalsha':
        return '-NOSCRIPT No matching script. Please use EVAL.\r\n';
      case 'eval': {
        const [script = '', , key = '', points, seconds] = words;
        return this.count(script, key, Number(points), Number(seconds));
      }
      case 'del':
        return `:${Number(this.counters.delete(words[0] ?? ''))}\r\n`;
      case 'ping':
        return '+PONG\r\n';
      default:
        return '+OK\r\n';
    }
  }

  /** What the one script does that there is, of rate-limiter-flexible: adds to a counter, which begins to expire with its first point. */
  private count(script: string, key: string, points: number, seconds: number): string {
    if (!script.includes("redis.call('incrby', KEYS[1], ARGV[1])")) return '-ERR unknown script\r\n';
    const now = Date.now();
    let counter = this.counters.get(key);
    if (!counter || counter.expiresAt <= now) counter = { count: 0, expiresAt: now + seconds * 1000 };
    counter.count += points;
    this.counters.set(key, counter);
    return `*2\r\n:${counter.count}\r\n:${counter.expiresAt - now}\r\n`;
  }

  private subscribe(socket: Socket, channel: string, count: number): string {
    const subscribers = this.channels.get(channel) ?? new Set();
    this.channels.set(channel, subscribers.add(socket));
    return `*3\r\n${bulk('subscribe')}${bulk(channel)}:${count}\r\n`;
  }
}

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** The first command of what has arrived, an array of ASCII strings, with its length; undefined until it is all there. */
function take(text: string): { words: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return undefined;
  const words: string[] = [];
  let length = head[0].length;
  for (let index = 0; index < Number(head[1]); index++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(length));
    if (!size) return undefined;
    const start = length + size[0].length;
    length = start + Number(size[1]) + 2;
    if (text.length < length) return undefined;
    words.push(text.slice(start, length - 2));
  }
  return { words, length };
}
