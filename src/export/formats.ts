import { stringify } from 'csv-stringify/sync';
import { rfc3339 } from '../common/scalars.js';
import type { Interaction, Message } from '../interactions/interaction.model.js';
import type { Session } from '../sessions/session.model.js';
import type { User } from '../users/user.model.js';
import { ExportFormat } from './export.model.js';

/** One interaction with its messages, as the interactions feature tells them. */
export interface Turn {
  interaction: Interaction;
  messages: Message[];
}

/** How a format writes an export, piece by piece: no piece is larger than a page of turns. */
export interface Writer {
  begin(user: User): string;
  beginSession(session: Session): string;
  turns(turns: readonly Turn[]): string;
  endSession(): string;
  end(): string;
}

export interface Format {
  contentType: string;
  extension: string;
  writer(): Writer;
}

/** The order of the keys, too, is part of the form: the same data gives the same bytes. */
class JsonWriter implements Writer {
  private sessions = 0;
  private interactions = 0;

  begin({ id, email, displayName, timeZone, createdAt }: User): string {
    const user = { id, email, displayName, timeZone, createdAt: rfc3339(createdAt) };
    return `{"format":"recollect-export","version":1,"user":${JSON.stringify(user)},"sessions":[`;
  }

  beginSession(session: Session): string {
    this.interactions = 0;
    const row = JSON.stringify(portable(session));
    return `${this.sessions++ > 0 ? ',' : ''}\n${row.slice(0, -1)},"interactions":[`;
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
    return '\n]}\n';
  }
}

/** The form that chat models are fine-tuned with. Tools and notes of the system are left out. */
class JsonLinesWriter implements Writer {
  private said = 0;

  begin(): string {
    return '';
  }

  beginSession(): string {
    this.said = 0;
    return '{"messages":[';
  }

  turns(turns: readonly Turn[]): string {
    return turns
      .flatMap(({ messages }) => messages)
      .filter(({ role }) => role === 'USER' || role === 'ASSISTANT')
      .map(({ role, content }) => {
        return `${this.said++ > 0 ? ',' : ''}${JSON.stringify({ role: role.toLowerCase(), content })}`;
      })
      .join('');
  }

  endSession(): string {
    return ']}\n';
  }

  end(): string {
    return '';
  }
}

const SPEAKERS = { USER: 'User', ASSISTANT: 'Assistant', SYSTEM: 'System', TOOL: 'Tool' };

class MarkdownWriter implements Writer {
  begin({ displayName, email }: User): string {
    return `# Conversations of ${displayName ?? email ?? 'a user'}\n`;
  }

  beginSession({ title, startedAt, type, tags }: Session): string {
    const kind = type === 'VOICE_CALL' ? 'voice call' : 'text chat';
    const labels = tags.length > 0 ? `; ${tags.join(', ')}` : '';
    return `\n## ${oneLine(title ?? 'Untitled')}\n\n${rfc3339(startedAt)}, ${kind}${labels}\n`;
  }

  turns(turns: readonly Turn[]): string {
    return turns
      .flatMap(({ messages }) => messages)
      .map(({ role, toolName, at, content }) => {
        const speaker = toolName ? `${SPEAKERS[role]} ${toolName}` : SPEAKERS[role];
        return `\n**${speaker}** (${rfc3339(at)})\n\n${content}\n`;
      })
      .join('');
  }

  endSession(): string {
    return '';
  }

  end(): string {
    return '';
  }
}

class CsvWriter implements Writer {
  private session: Session;

  begin(): string {
    return rows([['session', 'title', 'started', 'interaction', 'at', 'role', 'tool', 'content', 'tokens']]);
  }

  beginSession(session: Session): string {
    this.session = session;
    return '';
  }

  turns(turns: readonly Turn[]): string {
    const { id, title, startedAt } = this.session;
    return rows(
      turns.flatMap(({ messages }) =>
        messages.map((message) => [
          id,
          title,
          rfc3339(startedAt),
          message.interactionId,
          rfc3339(message.at),
          message.role,
          message.toolName,
          message.content,
          message.tokens,
        ]),
      ),
    );
  }

  endSession(): string {
    return '';
  }

  end(): string {
    return '';
  }
}

export const formats: Record<ExportFormat, Format> = {
  [ExportFormat.JSON]: {
    contentType: 'application/json',
    extension: 'json',
    writer: () => new JsonWriter(),
  },
  [ExportFormat.JSONL]: {
    contentType: 'application/jsonl',
    extension: 'jsonl',
    writer: () => new JsonLinesWriter(),
  },
  [ExportFormat.MARKDOWN]: {
    contentType: 'text/markdown; charset=utf-8',
    extension: 'md',
    writer: () => new MarkdownWriter(),
  },
  [ExportFormat.CSV]: {
    contentType: 'text/csv; charset=utf-8',
    extension: 'csv',
    writer: () => new CsvWriter(),
  },
};

/** What of a row means something elsewhere, times in RFC 3339. Revisions and sequences count in this database only. */
function portable(row: object): object {
  const { userId, revision, sequence, ...rest } = row as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      key.endsWith('At') && typeof value === 'string' ? rfc3339(value) : value,
    ]),
  );
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ');

const rows = (values: unknown[][]) =>
  stringify(values, { escape_formulas: true, record_delimiter: 'windows', quoted_string: true });
