import { rfc3339 } from '../common/scalars.js';
import type { ExportedSession } from './export.repository.js';
import type { Owner, Turn, Writer } from './writer.js';

/** The order of the keys, too, is part of the form: the same data gives the same bytes. */
export class JsonWriter implements Writer {
  private written = 0;
  private interactions = 0;

  begin({ id, email, displayName, timeZone, idleTimeoutSeconds, createdAt, backupSchedule }: Owner): string {
    const settings = { displayName, timeZone, idleTimeoutSeconds, backupSchedule };
    const user = { id, email, createdAt: rfc3339(createdAt), ...settings };
    return `{"format":"recollect-export","version":1,"user":${JSON.stringify(user)}`;
  }

  beginList(name: string): string {
    this.written = 0;
    return `,${JSON.stringify(name)}:[`;
  }

  rows(rows: readonly object[]): string {
    return rows.map((row) => `${this.separator()}\n${JSON.stringify(portable(row))}`).join('');
  }

  endList(): string {
    return '\n]';
  }

  beginSession(session: ExportedSession): string {
    this.interactions = 0;
    const row = JSON.stringify(portable(session));
    return `${this.separator()}\n${row.slice(0, -1)},"interactions":[`;
  }

  turns(turns: readonly Turn[]): string {
    return turns
      .map(({ interaction }) => {
        return `${this.interactions++ > 0 ? ',' : ''}\n${JSON.stringify(portable(interaction))}`;
      })
      .join('');
  }

  endSession(): string {
    return ']}';
  }

  end(): string {
    return '}\n';
  }

  private separator(): string {
    return this.written++ > 0 ? ',' : '';
  }
}

/** What the database needs of a row, and others do not: revisions and places in the log count in this database only. */
const INTERNAL = new Set(['userId', 'revision', 'sequence', 'firstSequence', 'place', 'weight']);
/** Whose rows belong to exactly the row that they are in. */
const OWNED = new Set(['answers', 'summaries', 'sources']);

/** What of a row means something elsewhere, times in RFC 3339, in the order of the columns. */
function portable(row: object): object {
  const entries = Object.entries(row).filter(([key]) => !INTERNAL.has(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, portableValue(key, value)]));
}

function portableValue(key: string, value: unknown): unknown {
  if (key.endsWith('At') || key === 'at') return typeof value === 'string' ? rfc3339(value) : value;
  if (!OWNED.has(key) || !Array.isArray(value)) return value;
  return value.map((row: object) => {
    const { sessionId, interactionId, ...rest } = portable(row) as Record<string, unknown>;
    return key === 'sources' ? { interactionId, ...rest } : rest;
  });
}
