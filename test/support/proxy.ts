import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between a client and a service, which a test can take away. */
export class Proxy {
  /** `mute`: what is sent arrives, and the connection breaks before the answer is through. */
  mode: 'open' | 'mute' | 'down' = 'open';
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => this.join(socket));

  private constructor(private readonly target: URL) {}

  static async to(url: string): Promise<Proxy> {
    const proxy = new Proxy(new URL(url));
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Changes the mode and breaks what is open. */
  set(mode: Proxy['mode']): void {
    this.mode = mode;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.set('down');
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    this.sockets.add(client);
    client.on('error', () => undefined).on('close', () => this.sockets.delete(client));
    if (this.mode === 'down') {
      client.destroy();
      return;
    }
    const service = connect(Number(this.target.port), this.target.hostname);
    service.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('close', () => service.destroy());
    client.pipe(service);
    service.on('data', (data: Buffer) => {
      if (this.mode === 'mute') client.destroy();
      else client.write(data);
    });
  }
}
