import { networkOf } from '../common/addresses.js';
import type { Connection } from './connection.js';

export const MAX_STRANGERS = 1000;
export const MAX_STRANGERS_PER_NETWORK = 100;

/**
 * Connections that have not signed in. Of too many, from one network or in all, the one that has waited longest goes:
 * who means to sign in does so at once, and those who just hold sockets shut out nobody but themselves.
 */
export class Strangers {
  private readonly all = new Set<Connection>();
  private readonly byNetwork = new Map<string, Set<Connection>>();

  add(connection: Connection): void {
    const network = networkOf(connection.remoteAddress);
    let neighbours = this.byNetwork.get(network);
    if (!neighbours) this.byNetwork.set(network, (neighbours = new Set()));
    neighbours.add(connection);
    this.all.add(connection);
    if (neighbours.size > MAX_STRANGERS_PER_NETWORK) this.dismissFirst(neighbours);
    if (this.all.size > MAX_STRANGERS) this.dismissFirst(this.all);
  }

  delete(connection: Connection): void {
    this.all.delete(connection);
    const network = networkOf(connection.remoteAddress);
    const neighbours = this.byNetwork.get(network);
    if (neighbours?.delete(connection) && neighbours.size === 0) this.byNetwork.delete(network);
  }

  /** Without the closing handshake, which could be left unanswered. */
  private dismissFirst(connections: ReadonlySet<Connection>): void {
    const [first] = connections;
    this.delete(first!);
    first!.socket.terminate();
  }
}
