import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import type { TransferState } from '../progress/transfer-state.model.js';
import type { ImportFormat, ImportProblem } from './import.model.js';

/** How many of a user are told of; older ones that are at their end go when another begins. */
const KEPT = 100;

export interface ImportRow {
  id: string;
  format: ImportFormat | null;
  dryRun: boolean;
  state: TransferState;
  receivedBytes: number;
  readBytes: number;
  /** By kind and outcome, such as `{"sessions created": 3}`. */
  counts: Record<string, number>;
  errorCount: number;
  errors: ImportProblem[];
  createdAt: string;
  updatedAt: string;
}

/** An import that a run has taken. */
export interface TakenImport {
  userId: string;
  id: string;
  format: ImportFormat | null;
  /** So many items of the file are done. */
  position: number;
  receivedBytes: number;
  createdAt: string;
}

const COLUMNS = `id, format, dry_run as "dryRun", state, received_bytes as "receivedBytes", read_bytes as "readBytes", counts,
  error_count as "errorCount", errors, created_at as "createdAt", updated_at as "updatedAt"`;

const begin = statement<{ id: string }>(
  'begin_import',
  `with swept as (
     delete from imports i where i.user_id = ${ME} and i.state not in ('UPLOADING', 'WAITING', 'RUNNING') and i.id in (
       select x.id from imports x where x.user_id = ${ME} order by x.created_at desc, x.id offset ${KEPT})
   )
   insert into imports (user_id, id, format, dry_run)
   select ${ME}, $2, $3, $4
   where (select count(*) from imports i
     where i.user_id = ${ME} and i.state in ('UPLOADING', 'WAITING', 'RUNNING')) < $5
   on conflict do nothing
   returning id`,
);

const byId = statement<ImportRow>(
  'import_by_id',
  `select ${COLUMNS} from imports where user_id = ${ME} and id = $2`,
);

const newest = statement<ImportRow>(
  'imports_newest',
  `select ${COLUMNS} from imports where user_id = ${ME} order by created_at desc, id desc limit $2`,
);

const addChunk = statement<{ id: string }>(
  'add_import_chunk',
  `with moved as (
     update imports set received_bytes = received_bytes + octet_length($4::bytea), updated_at = clock_timestamp()
     where user_id = ${ME} and id = $2 and state = 'UPLOADING' and received_bytes = $3
     returning user_id, id
   )
   insert into import_chunks (user_id, import_id, start, data) select user_id, id, $3, $4 from moved
   returning import_id as id`,
);

const uploaded = statement<{ id: string }>(
  'import_uploaded',
  `update imports set state = 'WAITING', updated_at = clock_timestamp()
   where user_id = ${ME} and id = $2 and state = 'UPLOADING' returning id`,
);

const chunk = statement<{ start: number; data: Buffer }>(
  'import_chunk',
  `select start, data from import_chunks where user_id = ${ME} and import_id = $2 and start >= $3
   order by start limit 1`,
);

const take = statement<TakenImport>(
  'take_import',
  `select user_id as "userId", id, format, position, received_bytes as "receivedBytes", created_at as "createdAt"
   from take_import($1, $2)`,
);

const renew = statement<{ renewed: boolean }>(
  'renew_import',
  'select renew_import($1, $2, $3, $4) as renewed',
);

/** Whole files pass here, through the pool: short reads must not wait behind them. */
@Injectable()
export class ImportRepository {
  constructor(private readonly database: Database) {}

  /** False when there is one with this id, or too many are under way. */
  async begin(
    userId: string,
    { id, format, dryRun, most }: { id: string; format: ImportFormat | null; dryRun: boolean; most: number },
  ): Promise<boolean> {
    const rows = await this.database.query(begin, [userId, id, format, dryRun, most]);
    return rows.length > 0;
  }

  async byId(userId: string, id: string): Promise<ImportRow | null> {
    const [row] = await this.database.read(byId, [userId, id]);
    return row ?? null;
  }

  newest(userId: string, limit: number): Promise<ImportRow[]> {
    return this.database.read(newest, [userId, limit]);
  }

  /** False when the file does not end at `start`, or is not being uploaded any more. */
  async addChunk(userId: string, id: string, start: number, data: Buffer): Promise<boolean> {
    return (await this.database.query(addChunk, [userId, id, start, data])).length > 0;
  }

  async uploaded(userId: string, id: string): Promise<void> {
    await this.database.query(uploaded, [userId, id]);
  }

  /** The piece of the file that begins at `start`; undefined at its end. */
  async chunk(userId: string, id: string, start: number): Promise<Buffer | undefined> {
    const [row] = await this.database.query(chunk, [userId, id, start]);
    return row?.data;
  }

  /** The next import of anyone that nobody works at. */
  async take(runId: string, leaseSeconds: number): Promise<TakenImport | null> {
    const [row] = await this.database.ownerQuery(take, [runId, leaseSeconds]);
    return row ?? null;
  }

  async renew(userId: string, id: string, runId: string, leaseSeconds: number): Promise<boolean> {
    const [row] = await this.database.ownerQuery(renew, [userId, id, runId, leaseSeconds]);
    return row!.renewed;
  }
}
