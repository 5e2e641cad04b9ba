import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';
import type { SystemNote } from './system-note.js';

const note = (name: string, source: string) =>
  statement<SystemNote>(
    name,
    `select n.interaction_id as id, n.sequence, n.step ->> 'content' as content, (n.step ->> 'tokens')::integer as tokens
     from ${source}`,
  );
const noteOf = note('system_note_of', `system_note(${ME}, $2) n`);
const notesAt = note(
  'system_notes_at',
  `interactions i cross join system_note(${ME}, i.session_id) n
   where i.user_id = ${ME} and i.sequence = any($2) and n.sequence = i.sequence`,
);

/** What sessions began with. */
@Injectable()
export class NotesRepository {
  constructor(private readonly database: Database) {}

  async ofSession(userId: string, sessionId: string): Promise<SystemNote | null> {
    return (await this.database.read(noteOf, [userId, sessionId]))[0] ?? null;
  }

  /** By place in the log, in no order; those that are gone are missing. */
  at(userId: string, sequences: readonly number[]): Promise<SystemNote[]> {
    return sequences.length > 0 ? this.database.read(notesAt, [userId, sequences]) : Promise.resolve([]);
  }
}
