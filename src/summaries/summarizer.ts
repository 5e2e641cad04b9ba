/** One utterance to summarise. SUMMARY is a summary that is to be folded with others. */
export interface Utterance {
  role: 'USER' | 'ASSISTANT' | 'SYSTEM' | 'TOOL' | 'SUMMARY';
  text: string;
}

/** What a conversation was about. */
export interface Digest {
  text: string;
  topics: string[];
  mood: string;
  /** SHA-256 of all that a model was sent; null when none was. */
  promptHash: string | null;
  /** What a model took; left out when none was asked. */
  use?: { promptTokens: number; answerTokens: number };
}

/** Makes few words of many. Throws when it cannot; it may then be asked again later. */
export interface Summarizer {
  /** The model's name, or "extractive". */
  readonly name: string;
  summarize(utterances: readonly Utterance[], maxTokens: number): Promise<Digest>;
}

/** Injection token of the {@link Summarizer} that the configuration asks for. */
export const SUMMARIZER = Symbol('SUMMARIZER');
