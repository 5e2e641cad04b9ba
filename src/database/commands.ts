import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  BadUserInputError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  UnauthenticatedError,
  UnavailableError,
} from '../common/errors.js';
import { CONFIG, type Config } from '../config/config.js';
import { Database } from './database.js';
import { statement } from './statement.js';

/** One write, as the database function run_command() reads it: `kind` names the command, the rest is its payload. */
export interface Command {
  kind: string;
  userId: string;
  /** Whether {@link Outcome.session} is wanted: it costs the database an eighth of a recorded interaction. */
  wantSession?: boolean;
  /** Whether those who watch the user are to be woken even when no step of the revision is taken. */
  wakes?: boolean;
  [name: string]: unknown;
}

/** What a committed command did. Rows are shaped as the GraphQL models. */
export interface Outcome {
  /** The user's revision after the command. */
  revision: number;
  /** How many steps of the revision it took; 0 for a retry of what was already so. */
  changes: number;
  session: object | null;
  interaction: object | null;
  /** What a bulk tells of its items, or how many there were. */
  detail: object | number | null;
}

interface OutcomeRow extends Outcome {
  index: number;
  error_code: string | null;
  error_message: string;
}

/** Commands that one caller wants to go together, in order; `json` is their array without its brackets. */
interface Unit {
  commands: readonly Command[];
  json: string;
  resolve: (outcomes: (Outcome | Error)[]) => void;
  reject: (error: unknown) => void;
}

/** Of each user that a commit changed, the revision after it and the one before. */
type CommitListener = (revisions: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>) => void;

const applyCommands = statement<OutcomeRow>('apply_commands', 'select * from apply_commands($1, $2, $3, $4)');

/** A unit that alone is larger goes alone. The notification of 128 users stays within PostgreSQL's 8,000 bytes. */
const MAX_BATCH_COMMANDS = 128;
const MAX_BATCH_CHARACTERS = 4 * 1024 * 1024;

/** How long a batch, and a unit by itself, waits for a user whom another transaction has locked. */
const BATCH_PATIENCE = '100ms';
const UNIT_PATIENCE = '2s';
const LONG_PATIENCE = '30s';
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * The one way to write users' data. Batching is natural: while a batch is in flight the next one gathers, and each
 * caller is answered once its batch is durable. Commands of one user keep their order. A refused command does not
 * disturb its neighbours. When a batch fails as a whole, nothing of it is stored, and each unit is run again by itself
 * beside the batches that follow: only the culprit fails, and a locked user holds up nobody else. Those of a user of whom
 * this process runs a long command, an import say, go beside the batches at once.
 */
@Injectable()
export class Commands {
  private readonly listeners: CommitListener[] = [];
  private readonly defaults: string;
  private waiting: Unit[] = [];
  private busy = false;
  /** How many long commands of a user are under way. */
  private readonly long = new Map<string, number>();
  /** Those of a user's units that are to go beside the batches, one after the other, while one goes. */
  private readonly apart = new Map<string, Unit[]>();

  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.defaults = JSON.stringify({
      idleTimeoutSeconds: config.SESSION_IDLE_TIMEOUT_SECONDS,
      lifetimeSeconds: config.SESSION_LIFETIME_SECONDS,
      tokenLimit: config.SESSION_TOKEN_LIMIT,
    });
  }

  /** Runs one command; resolves when it is durable. Throws what it was refused with. */
  async run(command: Command): Promise<Outcome> {
    const [outcome] = await this.runAll([command]);
    if (outcome instanceof Error) throw outcome;
    return outcome!;
  }

  /** Runs a command that may take up to a minute, such as a large deletion, beside the batches. */
  async runLong(command: Command): Promise<Outcome> {
    const { userId } = command;
    const unit = { commands: [command], json: JSON.stringify(command) };
    this.long.set(userId, (this.long.get(userId) ?? 0) + 1);
    try {
      const [outcome] = await this.apply([unit], LONG_PATIENCE, (values) =>
        this.database.ownerQuery(applyCommands, values),
      );
      if (outcome instanceof Error) throw outcome;
      return outcome!;
    } finally {
      const others = this.long.get(userId)! - 1;
      if (others > 0) this.long.set(userId, others);
      else this.long.delete(userId);
    }
  }

  /** Runs commands of one user together in one transaction; each has its own outcome, which may be its refusal. */
  runAll(commands: readonly Command[]): Promise<(Outcome | Error)[]> {
    const json = commands.map((command) => JSON.stringify(command)).join();
    return new Promise((resolve, reject) => {
      const unit = { commands, json, resolve, reject };
      const userId = userOf(unit);
      if (this.long.has(userId) || this.apart.has(userId)) this.runApart(unit);
      else {
        this.waiting.push(unit);
        if (!this.busy) void this.drain();
      }
    });
  }

  /** Calls the listener after each commit. */
  onCommitted(listener: CommitListener): void {
    this.listeners.push(listener);
  }

  private async drain(): Promise<void> {
    this.busy = true;
    await setImmediate(); // what arrives in the same turn of the event loop goes together
    while (this.waiting.length > 0) await this.runBatch(this.nextBatch());
    this.busy = false;
  }

  private nextBatch(): Unit[] {
    let commands = 0;
    let characters = 0;
    let end = 0;
    for (; end < this.waiting.length; end++) {
      const unit = this.waiting[end]!;
      commands += unit.commands.length;
      characters += unit.json.length;
      if (end > 0 && (commands > MAX_BATCH_COMMANDS || characters > MAX_BATCH_CHARACTERS)) break;
    }
    return this.waiting.splice(0, end);
  }

  private async runBatch(batch: Unit[]): Promise<void> {
    try {
      await this.runUnits(batch, BATCH_PATIENCE);
    } catch (error) {
      const isBusy = error instanceof UserBusyError;
      if (isBusy || (batch.length > 1 && !isAway(error))) for (const unit of batch) this.runApart(unit);
      else rejectAll(batch, this.waiting, error);
    }
  }

  private runApart(unit: Unit): void {
    const userId = userOf(unit);
    const queue = this.apart.get(userId);
    if (queue) queue.push(unit);
    else {
      this.apart.set(userId, [unit]);
      void this.drainApart(userId);
    }
  }

  private async drainApart(userId: string): Promise<void> {
    const queue = this.apart.get(userId)!;
    for (let unit = queue.shift(); unit; unit = queue.shift()) {
      try {
        await this.runUnits([unit], UNIT_PATIENCE);
      } catch (error) {
        rejectAll([unit], queue, error);
      }
    }
    this.apart.delete(userId);
  }

  private async runUnits(units: readonly Unit[], patience: string): Promise<void> {
    const outcomes = await this.apply(units, patience, (values) =>
      this.database.query(applyCommands, values),
    );
    let start = 0;
    for (const unit of units) unit.resolve(outcomes.slice(start, (start += unit.commands.length)));
  }

  private async apply(
    units: readonly Pick<Unit, 'commands' | 'json'>[],
    patience: string,
    send: (values: unknown[]) => Promise<OutcomeRow[]>,
  ): Promise<(Outcome | Error)[]> {
    const commands = units.flatMap((unit) => unit.commands);
    const json = `[${units.map((unit) => unit.json).join()}]`;
    const values = [json, this.defaults, !this.config.REDIS_URL, patience];
    const rows = await send(values).catch((error: unknown) => {
      throw (error as { code?: unknown }).code === LOCK_NOT_AVAILABLE ? new UserBusyError() : error;
    });
    const outcomes = new Array<Outcome | Error>(commands.length);
    const revisions = new Map<string, number>();
    const before = new Map<string, number>();
    for (const row of rows) {
      outcomes[row.index] = row.error_code === null ? row : refusal(row.error_code, row.error_message);
      const { userId, wakes } = commands[row.index]!;
      if (row.changes === 0 && (!wakes || row.error_code !== null)) continue;
      if (!before.has(userId)) before.set(userId, row.revision - row.changes);
      revisions.set(userId, row.revision);
    }
    if (revisions.size > 0) for (const listener of this.listeners) listener(revisions, before);
    return outcomes;
  }
}

/** When the database is away, those who wait are told at once too: trying for them would only take longer. */
function rejectAll(failed: readonly Unit[], waiting: Unit[], error: unknown): void {
  for (const unit of isAway(error) ? failed.concat(waiting.splice(0)) : failed) unit.reject(error);
}

const isAway = (error: unknown): boolean =>
  error instanceof UnavailableError && !(error instanceof UserBusyError);

const userOf = ({ commands }: Pick<Unit, 'commands'>): string => commands[0]!.userId;

function refusal(code: string, message: string): Error {
  switch (code) {
    case 'NOT_FOUND':
      return new NotFoundError(message);
    case 'CONFLICT':
      return new ConflictError(message);
    case 'FORBIDDEN':
      return new ForbiddenError(message);
    case 'UNAUTHENTICATED':
      return new UnauthenticatedError(message);
    case 'BAD_USER_INPUT':
      return new BadUserInputError({ [message]: ['would be too large after the change'] });
    default:
      return new Error(`apply_commands refused with the unknown code ${code}.`);
  }
}

/** The user's lock is held for long, by a large deletion say. */
class UserBusyError extends UnavailableError {
  constructor() {
    super('Another change of this user is taking long; try again.');
  }
}
