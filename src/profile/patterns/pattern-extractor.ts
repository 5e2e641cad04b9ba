import type { Extraction, Extractor, Said } from '../extractor.js';
import { LIFE } from './life.js';
import { ownStatements } from './own-words.js';
import type { Found } from './pattern.js';
import { peopleIn } from './people.js';
import { PERSON } from './person.js';
import { TASTES } from './tastes.js';
import { WORK_AND_PLACE } from './work-and-place.js';

const PATTERNS = [...WORK_AND_PLACE, ...TASTES, ...PERSON, ...LIFE];

/** Finds facts without any model, by forms of English sentences that say one thing and nothing else. */
export class PatternExtractor implements Extractor {
  readonly name = 'patterns';

  extract(said: readonly Said[]): Promise<Extraction> {
    const mentions = said.flatMap(({ interactionId, text }) =>
      ownStatements(text)
        .flatMap(factsIn)
        .map((found) => ({ ...found, interactionId })),
    );
    return Promise.resolve({ mentions, spent: null });
  }
}

/** What one clause says, which begins with the user as its subject, or with something of the user's. */
function factsIn(clause: string): Found[] {
  const found = PATTERNS.flatMap(({ form, found: read }) => {
    const match = form.exec(clause);
    return match ? read(...match.slice(1)) : [];
  });
  return [...found, ...peopleIn(clause)];
}
