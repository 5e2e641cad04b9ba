import fc from 'fast-check';
import { packBlock, packList, unpackList, type LoggedTurn } from '../../src/memory/block.js';
import { parseQuestion } from '../../src/memory/question.js';
import { best, rank } from '../../src/memory/ranking.js';
import { RecallIndex, type ReadBlock } from '../../src/memory/recall-index.js';
import { isOneEdit } from '../../src/memory/words.js';

const NAMES = ['User', 'Assistant'] as const;
const NOW = Date.UTC(2026, 10, 21);

const words = fc.array(fc.constantFrom('river', 'boat', 'kitchen', 'garden', '猫が好き', 'Zoë', 'the'), {
  maxLength: 6,
});
const text = fc.option(words.map((some) => some.join(' ')));
const log = fc
  .array(
    fc.record({ question: text, answer: text, session: fc.nat(2), gap: fc.integer({ min: 1, max: 9 }) }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .map((turns) => {
    let sequence = 0;
    return turns.map(({ question, answer, session, gap }, index): LoggedTurn => ({
      sequence: (sequence += gap),
      revision: sequence,
      sessionId: `session ${session}`,
      question,
      answer,
      questionTokens: index,
      answerTokens: 2,
      at: NOW - (30 - index) * 3_600_000,
      speakers: index % 2 ? { USER: 'Ada' } : null,
    }));
  });

/** The block as PostgreSQL hands it to a question. */
function readBlock(turns: LoggedTurn[], terms: string[]): ReadBlock {
  const { docs, legend, postings } = packBlock(turns);
  return {
    fromSequence: turns[0]!.sequence,
    toSequence: turns.at(-1)!.sequence,
    docs,
    legend,
    lists: terms.map((term) => postings[String.fromCodePoint(term.codePointAt(0)!)]?.[term] ?? null),
  };
}

describe('the index', () => {
  it('packs posting lists without loss', () => {
    const list = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 16 })))
      .map((pairs) => {
        let position = -1;
        return pairs.flatMap(([gap, count]) => [(position += gap), count]);
      });
    fc.assert(
      fc.property(list, fc.nat(1000), (packed, start) => {
        const read: number[] = [];
        unpackList(packList(packed), start, read);
        expect(read).toEqual(packed.map((value, index) => (index % 2 ? value : value + start)));
      }),
    );
  });

  it('ranks blocks and texts as it ranks texts alone', () => {
    const question = parseQuestion('Did Ada row the boat down the river, 猫が, on 20 November?', NOW);
    fc.assert(
      fc.property(log, fc.nat(30), (turns, cut) => {
        const inTexts = RecallIndex.of(question.terms, NAMES, [], turns);
        const sealed = turns.slice(0, cut);
        const blocks = sealed.length > 0 ? [readBlock(sealed, question.terms)] : [];
        const mixed = RecallIndex.of(question.terms, NAMES, blocks, turns.slice(cut));
        const sequences = ({ sequence, size }: RecallIndex) => [...sequence.slice(0, size)];
        expect(sequences(mixed)).toEqual(sequences(inTexts));
        expect(rank(question, mixed, 'UTC')).toEqual(rank(question, inTexts, 'UTC'));
      }),
    );
  });
});

describe('ranking', () => {
  it('scores an utterance that says it above its neighbours, and only in its session', () => {
    const turn = (sequence: number, question: string, sessionId = 'a'): LoggedTurn => ({
      sequence,
      revision: sequence,
      sessionId,
      question,
      answer: null,
      questionTokens: 1,
      answerTokens: 0,
      at: NOW,
      speakers: null,
    });
    const turns = ['one', 'two', 'a lighthouse', 'three', 'four'].map((text, index) => turn(index + 1, text));
    const question = parseQuestion('lighthouse', NOW);
    const index = RecallIndex.of(question.terms, NAMES, [], [...turns, turn(9, 'five', 'b')]);
    const { scores, direct } = rank(question, index, 'UTC');
    expect([...direct]).toEqual([0, 0, 1, 0, 0, 0]);
    expect(best(scores, 9)).toEqual([2, 3, 1, 4, 0]);
  });

  it('takes the best, and of equals the newer', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5)), fc.nat(20), (scores, count) => {
        const expected = scores
          .map((score, position) => ({ score, position }))
          .filter(({ score }) => score > 0)
          .sort((one, other) => other.score - one.score || other.position - one.position)
          .slice(0, count)
          .map(({ position }) => position);
        expect(best(Float64Array.from(scores), count)).toEqual(expected);
      }),
    );
  });

  it('knows one edit from two', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    const edits = (word: string): Set<string> => {
      const all = new Set([word]);
      for (let at = 0; at <= word.length; at++) {
        const [head, tail] = [word.slice(0, at), word.slice(at)];
        all.add(head + tail.slice(1));
        if (tail.length > 1) all.add(head + tail[1]! + tail[0]! + tail.slice(2));
        for (const letter of 'abc') all.add(head + letter + tail).add(head + letter + tail.slice(1));
      }
      return all;
    };
    fc.assert(
      fc.property(letters, letters, (one, other) => {
        expect(isOneEdit(one, other)).toBe(edits(one).has(other));
      }),
    );
  });
});

describe('a question', () => {
  const when = (text: string) => {
    const span = parseQuestion(text, NOW).when;
    return span && [span.from, span.to].map((at) => new Date(at).toISOString().slice(0, 10));
  };

  it.each([
    ['on 7 May 2023', ['2023-05-07', '2023-05-08']],
    ['on May 7th, 2023', ['2023-05-07', '2023-05-08']],
    ['in December', ['2025-12-01', '2026-01-01']],
    ['in March 2024?', ['2024-03-01', '2024-04-01']],
    ['2024-02-29', ['2024-02-29', '2024-03-01']],
    ['you may march', null],
  ])('understands %j', (text, span) => {
    expect(when(text)).toEqual(span);
  });

  it('reads anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => void parseQuestion(text, NOW)),
    );
  });
});
