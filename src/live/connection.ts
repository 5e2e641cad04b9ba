import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Viewer } from '../graphql/context.js';

/** More than this is not queued for one socket. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** A peer that takes nothing for so long, or up to twice as long, while something waits for it is closed. */
const STALLED_AFTER_MS = 5000;
/** How long a peer has for its side of the closing handshake. */
const CLOSE_GRACE_MS = 3000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The WebSocket protocol's, and graphql-ws's from 4000 on. */
export const CloseCode = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  TRY_AGAIN_LATER: 1013,
  BAD_REQUEST: 4400,
  UNAUTHORIZED: 4401,
  FORBIDDEN: 4403,
  INTERNAL: 4500,
};

/** One WebSocket, with whom it belongs to and how fast its peer reads. */
export class Connection {
  viewer: Viewer | null = null;
  /** Whether the peer answered since the last heartbeat. */
  alive = true;
  /** Subscriptions that were asked for and do not flow yet. */
  opening = 0;
  private draining: Promise<void> | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private expiry: NodeJS.Timeout | undefined;

  constructor(
    readonly socket: WebSocket,
    private readonly raw: Socket,
    readonly remoteAddress: string,
    private readonly onStalled: () => void,
  ) {
    socket.on('error', () => undefined); // 'close' follows
    socket.on('pong', () => (this.alive = true));
    socket.on('ping', (data) => this.reply(() => socket.pong(data)));
    socket.once('close', () => {
      clearTimeout(this.deadline);
      clearTimeout(this.expiry);
    });
  }

  get congested(): boolean {
    return this.socket.bufferedAmount > MAX_BUFFERED_BYTES;
  }

  /** Names whom the connection belongs to, until the token ends. */
  admit(viewer: Viewer): void {
    this.viewer = viewer;
    const left = Math.min(viewer.expiresAt - Date.now(), MAX_TIMER_MS);
    // Clients take 4403 as: come back with fresh credentials.
    this.expiry = setTimeout(() => this.close(CloseCode.FORBIDDEN, 'Token expired'), left).unref();
  }

  /** Sends an event. All events of one turn of the event loop leave in one system call, which costs most of sending. */
  send(text: string): void {
    if (this.raw.writableCorked === 0) {
      this.raw.cork();
      setImmediate(uncork, this.raw);
    }
    this.socket.send(text);
  }

  /** Answers the peer. One that asks and does not read the answers is not listened to until it does. */
  reply(send: () => void): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    send();
    if (!this.congested) return;
    this.socket.pause();
    void this.drained().then(() => this.socket.resume());
  }

  /** Resolves when everything sent has left the process, or the socket is closed. */
  drained(): Promise<void> {
    if (!this.raw.writableNeedDrain) return Promise.resolve();
    return (this.draining ??= this.drain().finally(() => (this.draining = undefined)));
  }

  heartbeat(): void {
    // The ping would wait behind what the peer has yet to read; whether it still reads is watched instead.
    if (this.socket.bufferedAmount > 0) return void this.drained();
    if (!this.alive) this.socket.terminate();
    this.alive = false;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.ping();
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    this.deadline ??= setTimeout(() => this.socket.terminate(), CLOSE_GRACE_MS).unref();
  }

  private drain(): Promise<void> {
    const stalled = () => {
      this.onStalled();
      this.close(CloseCode.TRY_AGAIN_LATER, 'Too slow');
    };
    return new Promise((resolve) => {
      const done = () => {
        this.raw.setTimeout(0).off('timeout', stalled).off('drain', done).off('close', done);
        resolve();
      };
      this.raw.once('drain', done).once('close', done).once('timeout', stalled);
      // The socket's own timeout, which knows whether a large write moves on.
      this.raw.setTimeout(STALLED_AFTER_MS);
    });
  }
}

function uncork(socket: Socket): void {
  socket.uncork();
}
