import type { Spent } from '../model/language-model.service.js';
import type { Statement } from './statement-key.js';

/** What the user said in one turn. */
export interface Said {
  interactionId: string;
  text: string;
}

/** A fact that something said makes certain to some degree. */
export interface Mention extends Statement {
  interactionId: string;
  /** 0 to 1. */
  certainty: number;
}

export const EXTRACTOR = Symbol('EXTRACTOR');

/** What was found, and the tokens that finding it took of a model. */
export interface Extraction {
  mentions: Mention[];
  spent: Spent | null;
}

/** Finds facts about the user in the user's own words. */
export interface Extractor {
  /** What a fact was learnt by: "patterns", or the name of a model. */
  readonly name: string;

  extract(said: readonly Said[]): Promise<Extraction>;
}
