import { readFileSync } from 'node:fs';
import { parseTime } from '../../examples/replay/conversation.ts';

export interface Turn {
  role: 'USER' | 'ASSISTANT';
  speaker: string;
  text: string;
  at: Date;
}

export interface Question {
  text: string;
  category: number;
  /** Positions of the turns that answer it. */
  evidence: number[];
}

export interface Conversation {
  name: string;
  turns: Turn[];
  questions: Question[];
}

const SECONDS_PER_TURN = 20;
const EVIDENCE = /D:?(\d+):0*(\d+)/g;

/** Reads a file in the format of the LoCoMo set. The first speaker is the user, the other one the assistant. */
export function readConversations(file: string): Conversation[] {
  const entries = [JSON.parse(readFileSync(file, 'utf8'))].flat() as any[];
  return entries.map(({ sample_id, conversation, qa }): Conversation => {
    const turns: Turn[] = [];
    const positions = new Map<string, number>();
    const sessions = Object.keys(conversation).filter((key) => /^session_\d+$/.test(key));
    sessions.sort((one, other) => Number(one.slice(8)) - Number(other.slice(8)));
    for (const key of sessions) {
      const start = parseTime(conversation[`${key}_date_time`]);
      for (const [index, { speaker, text, dia_id }] of conversation[key].entries()) {
        for (const [, session, turn] of String(dia_id).matchAll(EVIDENCE)) {
          positions.set(`${session}:${turn}`, turns.length);
        }
        const role = speaker === conversation.speaker_a ? 'USER' : 'ASSISTANT';
        turns.push({ role, speaker, text, at: new Date(start + index * SECONDS_PER_TURN * 1000) });
      }
    }
    return { name: sample_id, turns, questions: qa.flatMap((one: any) => questionOf(one, positions)) };
  });
}

/** None when no evidence points to a turn: nothing could be measured. */
function questionOf(
  { question, category, evidence }: any,
  positions: ReadonlyMap<string, number>,
): Question[] {
  const found = new Set<number>();
  for (const text of evidence ?? []) {
    for (const [, session, turn] of String(text).matchAll(EVIDENCE)) {
      const position = positions.get(`${session}:${turn}`);
      if (position !== undefined) found.add(position);
    }
  }
  return found.size > 0 ? [{ text: String(question), category, evidence: [...found] }] : [];
}
