import type { IncomingHttpHeaders, IncomingMessage, Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { handleProtocols, makeServer, type Server } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { RecollectError, UnavailableError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/config.js';
import { isAllowedOrigin } from '../config/origins.js';
import { addressOf, trustOf } from '../config/proxies.js';
import { ACTS_FOR, Authenticator, type Viewer } from '../graphql/context.js';
import { internalError } from '../graphql/error-mask.js';
import { CloseCode, Connection } from './connection.js';
import { LiveService } from './live.service.js';
import { Strangers } from './strangers.js';
import { Subscriptions } from './subscriptions.js';

const PATH = '/graphql';
const ACTS_FOR_HEADER = 'X-Recollect-User';
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_SOCKETS_PER_USER = 200;
const INIT_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 30_000;
/** How long clients have to answer that the server goes away. */
const SHUTDOWN_GRACE_MS = 1000;

/**
 * The WebSocket side of /graphql. Our own `ws` server, not @nestjs/graphql's: there, one upgrade request to another
 * path followed by a reset ends the process, and nothing that protects HTTP protects the socket.
 */
@Injectable()
export class SocketServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (protocols) => handleProtocols(protocols),
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    autoPong: false,
  });
  private readonly connections = new Set<Connection>();
  private readonly byUser = new Map<string, Set<Connection>>();
  private readonly strangers = new Strangers();
  private readonly trust: ReturnType<typeof trustOf>;
  private readonly protocol: Server<Connection>;
  private heartbeat: NodeJS.Timeout;
  private closing = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly authenticator: Authenticator,
    private readonly live: LiveService,
    @Inject(CONFIG) private readonly config: Config,
    subscriptions: Subscriptions,
  ) {
    this.trust = trustOf(config);
    this.protocol = makeServer<Record<string, unknown>, Connection>({
      ...subscriptions.hooks,
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: ({ extra, connectionParams }) => this.signIn(extra, connectionParams),
    });
  }

  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as HttpServer;
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket as Socket, head));
    this.live.onUserGone((userId) => {
      for (const connection of this.connections) {
        const { viewer } = connection;
        if (viewer?.userId === userId || viewer?.key?.ownerId === userId)
          connection.close(CloseCode.FORBIDDEN, 'Forbidden');
      }
    });
    this.live.onAccessChanged((id) => {
      for (const connection of this.connections) {
        const { viewer } = connection;
        if (viewer?.key?.id === id) connection.close(CloseCode.UNAUTHORIZED, 'Key revoked');
        else if (viewer?.key && viewer.userId === id)
          connection.close(CloseCode.FORBIDDEN, 'Identity changed');
      }
    });
    this.heartbeat = setInterval(() => {
      for (const connection of this.connections) {
        connection.heartbeat();
        if (connection.viewer?.key) void this.checkKey(connection, connection.viewer);
      }
    }, HEARTBEAT_MS).unref();
  }

  /** Before HTTP is closed, which waits for every socket. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    clearInterval(this.heartbeat);
    const closed = Array.from(
      this.connections,
      ({ socket }) => new Promise((resolve) => socket.once('close', resolve)),
    );
    for (const connection of this.connections) connection.close(CloseCode.GOING_AWAY, 'Going away');
    const terminate = setTimeout(() => {
      for (const { socket } of this.connections) socket.terminate();
    }, SHUTDOWN_GRACE_MS);
    await Promise.all(closed);
    clearTimeout(terminate);
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // First of all: a reset at any later moment would otherwise end the process.
    socket.on('error', () => socket.destroy());
    const status = this.refusal(request);
    if (status === undefined) {
      this.sockets.handleUpgrade(request, socket, head, (opened) => {
        this.open(opened, socket, addressOf(request, this.trust));
      });
    } else {
      const answer = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
      socket.end(answer, () => socket.destroy());
    }
  }

  private refusal({ url, headers }: IncomingMessage): string | undefined {
    if (url?.split('?', 1)[0] !== PATH) return '404 Not Found';
    if (!isWelcome(headers, this.config)) return '403 Forbidden';
    if (this.closing) return '503 Service Unavailable';
    return undefined;
  }

  private open(socket: WebSocket, raw: Socket, remoteAddress: string): void {
    const { counters } = this.live;
    const connection = new Connection(socket, raw, remoteAddress, () => counters.stalled++);
    this.connections.add(connection);
    counters.sockets++;
    const closed = this.protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => connection.reply(() => socket.send(data)),
        close: (code = CloseCode.NORMAL, reason = '') => connection.close(code, reason),
        onMessage: (listener) =>
          socket.on('message', (data: Buffer) => {
            listener(data.toString()).catch((error: unknown) => this.fail(connection, error));
          }),
      },
      connection,
    );
    socket.once('close', (code, reason) => {
      this.forget(connection);
      counters.sockets--;
      void closed(code, String(reason));
    });
    this.strangers.add(connection);
  }

  /** False: graphql-ws closes with 4403, unless it is closed already. */
  private async signIn(connection: Connection, params: Record<string, unknown> = {}): Promise<boolean> {
    const authorization = params.authorization ?? params.Authorization;
    const actsFor = params[ACTS_FOR] ?? params[ACTS_FOR_HEADER];
    try {
      const viewer = await this.authenticator.authenticate(
        typeof authorization === 'string' ? authorization : undefined,
        // What is no text is refused like an empty one: to pass it over would be to act for the key's owner.
        actsFor === undefined || typeof actsFor === 'string' ? actsFor : '',
      );
      if (viewer) return this.admit(connection, viewer);
      connection.close(CloseCode.UNAUTHORIZED, 'Unauthorized');
    } catch (error) {
      if (error instanceof UnavailableError) connection.close(CloseCode.TRY_AGAIN_LATER, 'Try again later');
      else if (!(error instanceof RecollectError)) this.fail(connection, error);
    }
    return false;
  }

  private admit(connection: Connection, viewer: Viewer): boolean {
    // It may have gone while its token was checked.
    if (connection.socket.readyState !== WebSocket.OPEN) return false;
    let own = this.byUser.get(viewer.userId);
    if (!own) this.byUser.set(viewer.userId, (own = new Set()));
    if (own.size >= MAX_SOCKETS_PER_USER) {
      connection.close(CloseCode.TRY_AGAIN_LATER, `More than ${MAX_SOCKETS_PER_USER} connections`);
      return false;
    }
    own.add(connection);
    this.strangers.delete(connection);
    connection.admit(viewer);
    return true;
  }

  /** The news of a revoked key may have been lost. */
  private async checkKey(connection: Connection, viewer: Viewer): Promise<void> {
    const isGood = await this.authenticator.isStillGood(viewer).catch(() => true);
    if (!isGood) connection.close(CloseCode.UNAUTHORIZED, 'Key revoked');
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection);
    this.strangers.delete(connection);
    if (!connection.viewer) return;
    const own = this.byUser.get(connection.viewer.userId);
    if (own?.delete(connection) && own.size === 0) this.byUser.delete(connection.viewer.userId);
  }

  private fail(connection: Connection, error: unknown): void {
    internalError(error);
    connection.close(CloseCode.INTERNAL, 'Internal server error');
  }
}

/** Browsers say where a page comes from; other programs send no origin, and nothing rests on it for them. */
function isWelcome({ origin, host }: IncomingHttpHeaders, config: Config): boolean {
  return origin === undefined || isAllowedOrigin(config, origin) || URL.parse(origin)?.host === host;
}
