import { stringify } from 'csv-stringify/sync';
import { rfc3339 } from '../common/scalars.js';
import { ExportFormat } from './export.model.js';
import type { ExportedSession } from './export.repository.js';
import { JsonWriter } from './json-writer.js';
import type { Owner, Turn, Writer } from './writer.js';

interface Format {
  contentType: string;
  extension: string;
  /** Whether it holds what is not said in a session, too. */
  isWhole?: boolean;
  /** Whether each session is told with all that it has, so that turns which several have are there several times. */
  isEachWhole?: boolean;
  writer(): Writer;
}

/** Sessions one after the other, and nothing else. */
abstract class SessionsWriter {
  begin(_user: Owner): string {
    return '';
  }

  beginList(): string {
    return '';
  }

  rows(): string {
    return '';
  }

  endList(): string {
    return '';
  }

  beginSession(_session: ExportedSession): string {
    return '';
  }

  endSession(): string {
    return '';
  }

  end(): string {
    return '';
  }
}

/** The form that chat models are fine-tuned with. Tools and notes of the system are left out. */
class JsonLinesWriter extends SessionsWriter implements Writer {
  private said = 0;

  override beginSession(): string {
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

  override endSession(): string {
    return ']}\n';
  }
}

const SPEAKERS = { USER: 'User', ASSISTANT: 'Assistant', SYSTEM: 'System', TOOL: 'Tool' };

class MarkdownWriter extends SessionsWriter implements Writer {
  override begin({ displayName, email }: Owner): string {
    return `# Conversations of ${displayName ?? email ?? 'a user'}\n`;
  }

  override beginSession({ title, startedAt, type, tags, inherited }: ExportedSession): string {
    const kind = type === 'VOICE_CALL' ? 'voice call' : 'text chat';
    const labels = tags.length > 0 ? `; ${oneLine(tags.join(', '))}` : '';
    const fork = inherited.length > 0 ? '; goes on from a conversation above' : '';
    return `\n## ${oneLine(title ?? 'Untitled')}\n\n${rfc3339(startedAt)}, ${kind}${labels}${fork}\n`;
  }

  turns(turns: readonly Turn[]): string {
    return turns
      .flatMap(({ messages }) => messages)
      .map(({ role, toolName, at, content }) => {
        const speaker = toolName ? `${SPEAKERS[role]} ${oneLine(toolName)}` : SPEAKERS[role];
        return `\n**${speaker}** (${rfc3339(at)})\n\n${quoted(content)}\n`;
      })
      .join('');
  }
}

class CsvWriter extends SessionsWriter implements Writer {
  private session: ExportedSession;

  override begin(): string {
    return rows([['session', 'title', 'started', 'interaction', 'at', 'role', 'tool', 'content', 'tokens']]);
  }

  override beginSession(session: ExportedSession): string {
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
}

export const formats: Record<ExportFormat, Format> = {
  [ExportFormat.JSON]: {
    contentType: 'application/json',
    extension: 'json',
    isWhole: true,
    writer: () => new JsonWriter(),
  },
  [ExportFormat.JSONL]: {
    contentType: 'application/jsonl',
    extension: 'jsonl',
    isEachWhole: true,
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

const oneLine = (text: string) => text.replace(/\s+/g, ' ');

/** What is left open in a quotation, such as a block of code, ends with it. */
const quoted = (text: string) =>
  text
    .split(/\r\n?|\n/)
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');

const rows = (values: unknown[][]) =>
  stringify(values, { escape_formulas: true, record_delimiter: 'windows', quoted_string: true });
