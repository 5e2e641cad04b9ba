import { Injectable } from '@nestjs/common';
import { networkOf } from '../common/addresses.js';
import { Cursors } from '../common/cursor.js';
import { NotFoundError } from '../common/errors.js';
import { connectionOf, pageOf, type Connection, type ConnectionArgs } from '../common/pagination.js';
import { LimitsService, type Limit } from '../limits/limits.service.js';
import { AccessLog } from './accesses.js';
import { LinkPasswords } from './link-passwords.js';
import { digestOf } from './link-token.js';
import type { SharedSessionArgs } from './share.input.js';
import type { SharedSession, SharedTurn } from './shared-session.model.js';
import { SharingRepository } from './sharing.repository.js';

const READS_PER_MINUTE = 600;
const MINUTE_SECONDS = 60;

/** What somebody whom a session is shared with does with it. */
@Injectable()
export class ReadersService {
  private readonly reads: Limit;

  constructor(
    private readonly repository: SharingRepository,
    private readonly passwords: LinkPasswords,
    private readonly accesses: AccessLog,
    private readonly cursors: Cursors,
    limits: LimitsService,
  ) {
    this.reads = limits.limit('shared-session', READS_PER_MINUTE, MINUTE_SECONDS);
  }

  /** The session that a link leads to, for anyone who has it. */
  async open({ token, password }: SharedSessionArgs, address: string): Promise<SharedSession> {
    await this.reads.take(networkOf(address));
    const session = await this.repository.ofLink(digestOf(token));
    if (!session) throw new NotFoundError('Shared session');
    await this.passwords.demand(session, password, address);
    this.accesses.note(session);
    return session;
  }

  async turns(session: SharedSession, args: ConnectionArgs): Promise<Connection<SharedTurn>> {
    const { ownerId, shareId } = session;
    const page = pageOf(args);
    const kind = `shared turns ${shareId}`;
    const [beyond] =
      page.cursor !== undefined ? this.cursors.decode(kind, ownerId, page.cursor, page.cursorPath) : [];
    const { rows, cut } = await this.repository.turns(session, page, beyond as number | undefined);
    const cursorOf = ({ sequence }: SharedTurn) => this.cursors.encode(kind, ownerId, [sequence]);
    return connectionOf(rows, page, cursorOf, cut);
  }
}
