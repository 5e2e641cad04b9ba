import { KnownLog, KnownLogs } from '../../src/memory/known-log.js';
import type { HistoryRead } from '../../src/memory/history.repository.js';
import type { Turn } from '../../src/memory/memory.repository.js';
import { SessionType } from '../../src/sessions/session.model.js';

const TEXT = 'x'.repeat(30_000);

function read(revision: number, count: number): HistoryRead {
  const turns = Array.from({ length: count }, (_, index): Turn => ({
    id: `turn ${index}`,
    sequence: index + 1,
    revision: index + 1,
    sessionId: 'one',
    sessionType: SessionType.TEXT_CHAT,
    question: TEXT,
    answer: TEXT,
    questionTokens: 1,
    answerTokens: 1,
    at: 0,
    speakers: null,
  }));
  return {
    revision,
    displayName: null,
    timeZone: 'UTC',
    hasSession: false,
    hasSummaries: false,
    groupScope: null,
    isOutside: false,
    places: [],
    unsealed: turns.map(({ sequence }) => sequence),
    newest: [],
    blocks: new Map(),
    turns: new Map(turns.map((turn) => [turn.sequence, turn])),
    facts: [],
    branches: [],
  };
}

describe('known logs', () => {
  it('take no more memory than they may: those go that nobody asked for longest', () => {
    const logs = new KnownLogs();
    const log = KnownLog.from(read(1, 100), undefined)!;
    expect(log.bytes).toBeGreaterThan(100 * 2 * TEXT.length);
    const users = Array.from({ length: 100 }, (_, index) => `user ${index}`);
    for (const user of users) logs.keep(user, log);
    const kept = users.filter((user) => logs.get(user));
    expect(kept.length * log.bytes).toBeLessThanOrEqual(256 * 1024 * 1024);
    expect(kept.length).toBeGreaterThan(10);
    expect(kept).toEqual(users.slice(-kept.length));
    for (const user of users) logs.drop(user);
  });

  it('are not replaced by what an overtaken read brings', () => {
    const logs = new KnownLogs();
    const [older, newer] = [1, 2].map((revision) => KnownLog.from(read(revision, 3), undefined)!);
    logs.keep('user', newer!);
    logs.keep('user', older!);
    expect(logs.get('user')).toBe(newer);
    logs.drop('user');
  });

  it('index again only the part that a new turn is in', () => {
    const before = KnownLog.from(read(1, 200), undefined)!;
    const next = read(2, 201);
    next.turns = new Map([[201, next.turns.get(201)!]]);
    const after = KnownLog.from(next, before)!;
    expect(after.log.size).toBe(402);
    expect(after.log.blocks.filter((block) => !before.log.blocks.includes(block))).toHaveLength(1);
    expect(KnownLog.from({ ...next, turns: new Map() }, before)).toBeNull();
    expect(KnownLog.from({ ...read(3, 201), turns: new Map() }, after)!.log).toBe(after.log);
  });
});
