/** One turn of a conversation as Recollect's API takes it. */
export interface Turn {
  role: 'USER' | 'ASSISTANT';
  speaker: string;
  content: string;
  occurredAt: string;
}

export interface Conversation {
  name: string;
  /** The sessions as the file has them. Recollect is not told: it finds them by the pauses between turns. */
  sessions: Turn[][];
}

/** A file holds session times only: turns follow each other at this distance. */
const SECONDS_PER_TURN = 20;

interface LocomoTurn {
  speaker: string;
  text: string;
}

interface LocomoEntry {
  sample_id: string;
  conversation: Record<string, unknown> & { speaker_a: string; speaker_b: string };
}

/**
 * Reads conversation `number` (from 1) of a file in the format of the LoCoMo set: a list of entries (or one entry)
 * whose `conversation` holds `speaker_a`, `speaker_b`, and for each N `session_N` and `session_N_date_time`. The
 * first speaker is the user, the other one the assistant.
 */
export function parseConversation(json: string, number = 1): Conversation {
  const entries = [JSON.parse(json) as LocomoEntry | LocomoEntry[]].flat();
  const entry = entries[number - 1];
  if (!entry) throw new Error(`The file has ${entries.length} conversations, not ${number}.`);
  const { conversation } = entry;
  const sessions = Object.keys(conversation)
    .filter((key) => /^session_\d+$/.test(key))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((key) => {
      const startedAt = parseTime(String(conversation[`${key}_date_time`]));
      return (conversation[key] as LocomoTurn[]).map(({ speaker, text }, index): Turn => ({
        role: speaker === conversation.speaker_a ? 'USER' : 'ASSISTANT',
        speaker,
        content: text,
        occurredAt: new Date(startedAt + index * SECONDS_PER_TURN * 1000).toISOString(),
      }));
    });
  return { name: entry.sample_id, sessions };
}

/** "1:56 pm on 8 May, 2023", taken as UTC, in milliseconds. */
export function parseTime(text: string): number {
  const parts = /^(\d+):(\d+) (am|pm) on (\d+) (\w+), (\d+)$/.exec(text);
  if (!parts) throw new Error(`"${text}" is no time such as "1:56 pm on 8 May, 2023".`);
  const [, hour, minute, half, day, month, year] = parts;
  const midnight = Date.parse(`${day} ${month} ${year} 00:00 UTC`);
  const hours = (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  return midnight + (hours * 60 + Number(minute)) * 60_000;
}
