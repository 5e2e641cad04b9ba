import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One HTTP/1.1 connection that is kept alive and carries one request at a time. It reads no more of an answer than its
 * status and length, because whatever the load costs is missing to the server beside it.
 */
export class HttpConnection {
  private readonly socket: Socket;
  private pending: Buffer = Buffer.alloc(0);
  private answer: { resolve(body: Buffer): void; reject(error: Error): void } | null = null;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('data', (chunk) => this.read(chunk as Buffer));
    this.socket.on('error', (error) => this.answer?.reject(error));
    this.socket.on('close', () => this.answer?.reject(new Error('The server closed the connection.')));
  }

  send(request: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.answer = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.answer = null;
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    const data = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    const headEnd = data.indexOf(HEAD_END);
    if (headEnd < 0) return void (this.pending = data);
    const head = data.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const bodyStart = headEnd + HEAD_END.length;
    if (length !== undefined && data.length < bodyStart + Number(length)) return void (this.pending = data);
    this.pending = Buffer.alloc(0);
    const { answer } = this;
    this.answer = null;
    const body = data.subarray(bodyStart);
    if (length !== undefined && head.startsWith('HTTP/1.1 200')) answer?.resolve(body);
    else answer?.reject(new Error(`Not an answer: ${head}\n${String(body)}`));
  }
}

/** The text of a request, but for its body and the length of it. */
export function requestHead(token: string): string {
  return [
    'POST /graphql HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/json',
    'accept: application/graphql-response+json,application/json;q=0.9',
    `authorization: Bearer ${token}`,
    'content-length: ',
  ].join('\r\n');
}

export function requestText(head: string, body: string): string {
  return `${head}${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
