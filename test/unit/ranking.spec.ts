import fc from 'fast-check';
import { Block, type LoggedTurn } from '../../src/memory/block.js';
import { Log } from '../../src/memory/log.js';
import { findWord, PostingList, WordCounts, wordsFrom } from '../../src/memory/postings.js';
import { parseQuestion } from '../../src/memory/question.js';
import { best, rank } from '../../src/memory/ranking.js';
import { RecallIndex } from '../../src/memory/recall-index.js';
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

const indexOf = (terms: readonly string[], parts: readonly LoggedTurn[][]): RecallIndex =>
  new RecallIndex(
    Log.of(parts.filter((part) => part.length > 0).map((part) => Block.of(part))),
    terms,
    NAMES,
  );

describe('the index', () => {
  const utterances = fc.array(
    fc.array(fc.constantFrom('a1', 'a12', 'b', 'b2', 'ça', 'zz', '猫'), { maxLength: 40 }),
    {
      maxLength: 9,
    },
  );

  it('finds the lists of all words, and of no others', () => {
    fc.assert(
      fc.property(utterances, fc.nat(1000), (texts, start) => {
        const words = new WordCounts();
        for (const [position, text] of texts.entries()) words.add(position * 7, text.join(' '));
        const postings = String(words);
        for (const word of ['a', 'a1', 'a12', 'a2', 'b', 'b2', 'ca', 'zz', 'zzz', '猫', '犬']) {
          const counted = texts.map((text) => text.filter((one) => one.replace('ç', 'c') === word).length);
          const expected = [...counted.entries()].filter(([, count]) => count > 0);
          const span = findWord(postings, word);
          const list = new PostingList(postings.length);
          if (span) list.append(postings, span, start);
          const found = Array.from({ length: list.size }, (_, entry) => [
            list.positions[entry]!,
            list.counts[entry]!,
          ]);
          expect(found).toEqual(
            expected.map(([position, count]) => [position * 7 + start, Math.min(16, count)]),
          );
        }
        const beginning = [...wordsFrom(postings, 'a', { least: 3, most: 3 })].map(([word]) => word);
        expect(beginning).toEqual(words.lists.has('a12') ? ['a12'] : []);
      }),
    );
  });

  it('ranks the same however the log is cut into blocks', () => {
    const question = parseQuestion('Did Ada row the boat down the rivre, 猫, on 20 November?', NOW);
    fc.assert(
      fc.property(log, fc.nat(30), (turns, cut) => {
        const whole = indexOf(question.terms, [turns]);
        const inParts = indexOf(question.terms, [turns.slice(0, cut), turns.slice(cut)]);
        expect(inParts.log.sequence).toEqual(whole.log.sequence);
        expect(inParts.found).toEqual(whole.found);
        expect(rank(question, inParts, 'UTC')).toEqual(rank(question, whole, 'UTC'));
      }),
    );
  });

  it('takes the most frequent word at one edit for a word that nobody has said', () => {
    const said = (text: string, sequence: number): LoggedTurn => ({
      ...{
        sequence,
        revision: sequence,
        sessionId: 'a',
        question: text,
        answer: null,
        at: NOW,
        speakers: null,
      },
      ...{ questionTokens: 1, answerTokens: 0 },
    });
    const turns = ['kitchen', 'kitchens kitcher', 'kitcher', 'kitcher kite'].map(said);
    expect(indexOf(['kitchel'], [turns]).found.get('kitchel')).toEqual(['kitcher']);
    expect(indexOf(['kitcher'], [turns]).found.get('kitcher')).toEqual(['kitcher']);
    expect(indexOf(['catcher'], [turns]).found.size).toBe(0);
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
    const index = indexOf(question.terms, [[...turns, turn(9, 'five', 'b')]]);
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
