import { Injectable } from '@nestjs/common';
import { EmbeddingError, EmbeddingProvider } from './embedding-provider.js';
import {
  EmbeddingsRepository,
  type StoredEmbedding,
  type UnembeddedTurn,
  type UserBehind,
} from './embeddings.repository.js';

const USERS = 50;
/** A process that dies holds its users up for as long. One that is slower only does work that another does too. */
const LEASE_SECONDS = 120;
/** Turns of one user at a time: a large import does not hold up the others, nor 64 vectors (35 ms) those who ask. */
const TURNS = 32;
/** What is embedded of a text; even where each character is a token, models of 8,192 tokens take it. */
const TEXT_CHARACTERS = 6000;
/** How much of the question stands before its answer: "Yes, he did." means nothing alone. */
const QUESTION_CHARACTERS = 1000;
/** What a provider that takes anything takes. */
const PLAIN_TEXT = 'hello';

interface Utterance extends StoredEmbedding {
  text: string;
}

/** Embeds, in the background, what was said and has no embedding of the model yet: users in turn, their newest first. */
@Injectable()
export class EmbeddingJob {
  private isRunning = false;

  constructor(
    private readonly provider: EmbeddingProvider,
    private readonly repository: EmbeddingsRepository,
  ) {}

  /** Goes on until nobody is behind. Throws what the provider or the database failed with: what is done by then stays. */
  async run(model: string, signal: AbortSignal): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      for (;;) {
        const users = await this.repository.claim(model, USERS, LEASE_SECONDS);
        if (users.length === 0) return;
        await this.embedSome(users, model, signal);
      }
    } finally {
      this.isRunning = false;
    }
  }

  private async embedSome(users: readonly UserBehind[], model: string, signal: AbortSignal): Promise<void> {
    const claimed = [...users];
    try {
      for (let user = claimed.at(-1); user; user = claimed.at(-1)) {
        const turns = await this.repository.toEmbed(user, model, TEXT_CHARACTERS, TURNS);
        if (turns.length > 0) {
          const embeddings = await this.embed(user.userId, turns, signal);
          if (this.provider.scale?.model !== model) throw new EmbeddingError('has changed meanwhile');
          await this.repository.store(user.userId, model, embeddings);
        }
        await this.repository.release(user.userId, model, turns.length < TURNS ? user.revision : null);
        claimed.pop();
      }
    } finally {
      for (const { userId } of claimed) await this.repository.release(userId, model, null);
    }
  }

  private async embed(
    userId: string,
    turns: readonly UnembeddedTurn[],
    signal: AbortSignal,
  ): Promise<StoredEmbedding[]> {
    const utterances = turns.flatMap(utterancesOf);
    const spoken = utterances.filter(({ text }) => /\S/.test(text));
    const vectors = await this.embedEach(userId, spoken, signal);
    for (const [index, utterance] of spoken.entries()) utterance.vector = vectors[index]!;
    return utterances;
  }

  /** Null for a text that the model does not take; it is found by halving, so that the others have theirs. */
  private async embedEach(
    userId: string,
    utterances: readonly Utterance[],
    signal: AbortSignal,
  ): Promise<(readonly number[] | null)[]> {
    if (utterances.length === 0) return [];
    try {
      const texts = utterances.map(({ text }) => text);
      return await this.provider.embed(userId, 'interaction', texts, signal);
    } catch (error) {
      if (!(error instanceof EmbeddingError && error.isRefusal)) throw error;
      if (utterances.length === 1) {
        await this.provider.embed(userId, 'probe', [PLAIN_TEXT], signal); // throws if it is not the text's fault
        return [null];
      }
    }
    const half = utterances.length >> 1;
    return [
      ...(await this.embedEach(userId, utterances.slice(0, half), signal)),
      ...(await this.embedEach(userId, utterances.slice(half), signal)),
    ];
  }
}

/** What is to be embedded of a turn: at least one row, or it would be looked at for ever. */
function utterancesOf(turn: UnembeddedTurn): Utterance[] {
  const { question, answer, speakers } = turn;
  const asked = said(speakers?.USER, question ?? '');
  const utterances: Utterance[] = [];
  if (question !== null || answer === null) utterances.push({ turn, side: 0, text: asked, vector: null });
  if (answer !== null) {
    const before = asked.slice(0, QUESTION_CHARACTERS);
    const text = [before, said(speakers?.ASSISTANT, answer)].filter(Boolean).join('\n');
    utterances.push({ turn, side: 1, text, vector: null });
  }
  return utterances;
}

function said(speaker: unknown, text: string): string {
  return typeof speaker === 'string' && text ? `${speaker.slice(0, 64)}: ${text}` : text;
}
