import { LRUCache } from 'lru-cache';

/** Answers that are remembered for a moment, unless something says that they may be no longer so. */
export class Remembered<Answer extends object | string> {
  private readonly answers: LRUCache<string, Answer>;
  private generation = 0;

  constructor(max: number, milliseconds: number) {
    this.answers = new LRUCache({ max, ttl: milliseconds });
  }

  async get(question: string, ask: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    const known = this.answers.get(question);
    if (known !== undefined) return known;
    const { generation } = this;
    const answer = await ask();
    // What was asked before all was forgotten may have been answered from before it too.
    if (answer !== undefined && generation === this.generation) this.answers.set(question, answer);
    return answer;
  }

  forget(): void {
    this.generation++;
    this.answers.clear();
  }
}
