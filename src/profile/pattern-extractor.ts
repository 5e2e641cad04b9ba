import type { Extractor, Mention, Said } from './extractor.js';
import { ownStatements } from './own-words.js';
import { factsIn } from './patterns.js';

/** Finds facts without any model, by forms of English sentences that say one thing and nothing else. */
export class PatternExtractor implements Extractor {
  readonly name = 'patterns';

  extract(said: readonly Said[]): Promise<Mention[]> {
    return Promise.resolve(
      said.flatMap(({ interactionId, text }) =>
        ownStatements(text)
          .flatMap(factsIn)
          .map((found) => ({ ...found, interactionId })),
      ),
    );
  }
}
