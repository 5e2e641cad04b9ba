import { Inject, Injectable } from '@nestjs/common';
import { BadUserInputError, ConflictError, ForbiddenError, UnauthenticatedError } from '../common/errors.js';
import { newToken } from '../common/secret-tokens.js';
import { CONFIG, type Config } from '../config/config.js';
import { Commands } from '../database/commands.js';
import type { DeletionReceipt } from '../deletions/deletion-receipt.model.js';
import { LiveService } from '../live/live.service.js';
import { Passwords } from './passwords.service.js';
import type { UpdateMeInput } from './user.input.js';
import { UserRole, type User } from './user.model.js';
import { UsersRepository } from './users.repository.js';

const DEMO_EMAIL = 'demo@recollect.local';
const GONE = 'This account does not exist any more.';

interface Registration {
  email: string;
  password: string;
  displayName?: string | null;
  timeZone?: string;
}

@Injectable()
export class UsersService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly passwords: Passwords,
    private readonly commands: Commands,
    private readonly live: LiveService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  roleOf(userId: string): UserRole {
    return this.config.ADMIN_USERS.includes(userId) ? UserRole.ADMIN : UserRole.USER;
  }

  /** An access token outlives its user for minutes: then there is nobody to read. */
  async read(userId: string): Promise<User> {
    const user = await this.repository.read(userId);
    if (!user) throw new UnauthenticatedError(GONE);
    return user;
  }

  async create({ password, ...user }: Registration): Promise<User> {
    const passwordHash = await this.passwords.hash(password);
    const created = await this.repository.create({ ...user, passwordHash });
    if (!created) throw new ConflictError('This e-mail address has an account: log in.');
    return created;
  }

  /** The user's id, or null: the e-mail or the password is wrong, and time does not tell which. */
  async idByPassword(email: string, password: string): Promise<string | null> {
    const credentials = await this.repository.findCredentials({ email });
    const matches = await this.passwords.verify(password, credentials?.passwordHash ?? null);
    return credentials && matches ? credentials.id : null;
  }

  /** The user whom an external issuer calls `subject`, created at first sight. */
  idByIdentity(issuer: string, subject: string): Promise<string> {
    return this.repository.findOrCreateIdentity(issuer, subject);
  }

  async update(userId: string, input: UpdateMeInput): Promise<User> {
    const { displayName, timeZone, idleTimeoutSeconds } = input;
    const changes = Object.entries({ displayName, timeZone, idleTimeoutSeconds }).filter(
      ([, value]) => value !== undefined,
    );
    if (changes.length > 0) {
      await this.commands.run({ userId, kind: 'updateUser', ...Object.fromEntries(changes) });
    }
    return this.read(userId);
  }

  async endSessions(userId: string): Promise<void> {
    await this.commands.run({ userId, kind: 'endSessions', reason: 'LOGGED_OUT' });
  }

  /** Erases the user and everything of theirs. Proof of will is the password or, for an account without, `confirm`. */
  async delete(
    userId: string,
    password: string | null | undefined,
    confirm: boolean,
  ): Promise<DeletionReceipt> {
    const credentials = await this.repository.findCredentials({ id: userId });
    if (!credentials) throw new UnauthenticatedError(GONE);
    if (credentials.passwordHash === null) {
      if (!confirm) throw new BadUserInputError({ confirm: ['must be true'] });
    } else {
      if (password == null) throw new BadUserInputError({ password: ['must be given'] });
      if (!(await this.passwords.verify(password, credentials.passwordHash))) {
        throw new ForbiddenError('The password is wrong.');
      }
    }
    const receipt = await this.repository.erase(userId);
    if (!receipt) throw new UnauthenticatedError(GONE);
    this.live.userDeleted(userId);
    return receipt;
  }

  /** The user of a machine that just tries Recollect; nobody knows the password. */
  async demoUser(): Promise<string> {
    const known = await this.repository.findCredentials({ email: DEMO_EMAIL });
    if (known) return known.id;
    const passwordHash = await this.passwords.hash(newToken());
    const created = await this.repository.create({ email: DEMO_EMAIL, passwordHash, displayName: 'Demo' });
    // Another process that boots at the same time may have been faster.
    return created?.id ?? this.demoUser();
  }
}
