import {
  ConversationError,
  idOf,
  isObject,
  sessionOf,
  turnsOf,
  type Converted,
  type Utterance,
} from './conversation.js';

type Fields = Record<string, unknown>;

/** A file holds session times only: turns follow each other at this distance. */
const SECONDS_PER_TURN = 20;

/**
 * An entry of the LoCoMo set: two people who met several times. The first one is the user, the other one the assistant.
 * Its questions are no conversation, and left out.
 */
export function* fromLocomo(entry: Fields, path: string): Generator<Converted | ConversationError> {
  const conversation = isObject(entry.conversation) ? entry.conversation : {};
  const { sample_id: sample, speakers = [conversation.speaker_a, conversation.speaker_b] } = entry;
  const name = typeof sample === 'string' ? sample : JSON.stringify(sample ?? speakers);
  const sessions = Object.keys(conversation)
    .filter((key) => /^session_\d{1,9}$/.test(key))
    .sort((one, other) => Number(one.slice(8)) - Number(other.slice(8)));
  for (const key of sessions) {
    try {
      yield sessionFrom(conversation, key, name, `${path}.conversation.${key}`);
    } catch (error) {
      if (!(error instanceof ConversationError)) throw error;
      yield error;
    }
  }
}

function sessionFrom(conversation: Fields, key: string, name: string, path: string): Converted {
  const turns = conversation[key];
  if (!Array.isArray(turns)) throw new ConversationError(path, 'must be a list');
  const startedAt = timeOf(conversation[`${key}_date_time`], `${path}_date_time`);
  const { speaker_a: user, speaker_b: assistant } = conversation;
  const utterances = turns.map((turn: unknown, index): Utterance => {
    const place = `${path}.${index}`;
    if (!isObject(turn)) throw new ConversationError(place, 'must be an object');
    const { speaker, text, dia_id: id, ...rest } = turn;
    if (speaker !== user && speaker !== assistant) {
      throw new ConversationError(`${place}.speaker`, 'must be speaker_a or speaker_b');
    }
    const pictures = Object.keys(rest).length > 0 ? [{ turn: id, ...rest }] : [];
    return {
      path: place,
      id: idOf('locomo', name, key, index),
      role: speaker === user ? 'USER' : 'ASSISTANT',
      content: text,
      at: new Date(startedAt + index * SECONDS_PER_TURN * 1000).toISOString(),
      metadata: {
        speakers: { user, assistant },
        turns: [id],
        ...(pictures.length > 0 && { attachments: pictures }),
      },
    };
  });
  const start = new Date(startedAt).toISOString();
  return {
    session: sessionOf(
      idOf('locomo', name, key),
      utterances,
      { startedAt: start, fallback: start },
      { title: `${name} ${key.replace('_', ' ')}`, metadata: { source: 'locomo', sample: name } },
    ),
    interactions: turnsOf(utterances),
  };
}

/** "1:56 pm on 8 May, 2023", taken as UTC, in milliseconds. */
function timeOf(value: unknown, path: string): number {
  const parts = /^(\d{1,2}):(\d{2}) (am|pm) on (\d{1,2}) (\w{3,9}), (\d{4})$/.exec(String(value));
  const midnight = parts ? Date.parse(`${parts[4]} ${parts[5]} ${parts[6]} 00:00 UTC`) : NaN;
  if (!parts || Number.isNaN(midnight)) {
    throw new ConversationError(path, 'must be a time such as "1:56 pm on 8 May, 2023"');
  }
  const hours = (Number(parts[1]) % 12) + (parts[3] === 'pm' ? 12 : 0);
  return midnight + (hours * 60 + Number(parts[2])) * 60_000;
}
