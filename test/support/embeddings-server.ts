import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Misbehaviour = 'rate-limited' | 'refuse' | 'error' | 'html' | 'silent' | 'short';

interface EmbeddingsRequest {
  model: string;
  input: string[];
  dimensions?: number;
}

/** Words that mean the same to it. */
const CONCEPTS = [
  ['cat', 'cats', 'kitten', 'kittens', 'feline', 'animal', 'pet'],
  ['tea', 'lapsang', 'drink', 'beverage'],
  ['sister', 'sibling', 'relative'],
  ['car', 'vehicle', 'automobile', 'drive'],
];
/** It answers 400 to texts with this word. */
export const REFUSED_WORD = 'unspeakable';

/**
 * A provider of embeddings behind the OpenAI-compatible protocol on loopback: a text means the concepts in it, and a
 * little of each other word. It misbehaves on demand.
 */
export class EmbeddingsServer {
  /** Of the vectors of who does not ask for a length. */
  dimensions = 64;
  readonly requests: EmbeddingsRequest[] = [];
  readonly authorizations: (string | undefined)[] = [];
  /** What happens while it works on the next request. */
  meanwhile: (() => Promise<unknown>) | undefined;
  /** What it does with all requests; undefined: behave. */
  always: Misbehaviour | undefined;
  private readonly queue: Misbehaviour[] = [];
  private readonly server = createServer((request, response) => void this.serve(request, response));

  async start(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }

  /** What it does with the next requests, one each. */
  next(...misbehaviours: Misbehaviour[]): void {
    this.queue.push(...misbehaviours);
  }

  /** Every text it was sent. */
  get texts(): string[] {
    return this.requests.flatMap(({ input }) => input);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const asked = JSON.parse(body) as EmbeddingsRequest;
    const { authorization } = request.headers;
    this.requests.push(asked);
    this.authorizations.push(authorization);
    const { meanwhile } = this;
    this.meanwhile = undefined;
    await meanwhile?.();
    const answer = (status: number, value: object, headers = {}): void => {
      const type = { 'content-type': 'application/json' };
      response.writeHead(status, { ...type, ...headers }).end(JSON.stringify(value));
    };
    const quoting = { error: { message: `${authorization} sent ${body}` } };
    switch (this.queue.shift() ?? this.always) {
      case 'rate-limited':
        return answer(429, quoting, { 'retry-after': '0' });
      case 'error':
        return answer(500, quoting, { 'retry-after': '0' });
      case 'refuse':
        return answer(400, quoting);
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
        return;
      case 'silent':
        return;
      case 'short':
        return answer(200, answerTo({ ...asked, dimensions: 3 }));
      case undefined:
        if (asked.input.some((one) => one.includes(REFUSED_WORD))) return answer(400, quoting);
        return answer(200, answerTo({ dimensions: this.dimensions, ...asked }));
    }
  }
}

function answerTo({ model, input, dimensions }: Required<EmbeddingsRequest>): object {
  return {
    object: 'list',
    model,
    data: input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text, dimensions) })),
    usage: { prompt_tokens: input.length, total_tokens: input.length },
  };
}

function vectorOf(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0.01);
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    const concept = CONCEPTS.findIndex((words) => words.includes(word));
    if (concept >= 0) vector[concept % dimensions]! += 1;
    else vector[(CONCEPTS.length + hash(word)) % dimensions]! += 0.1;
  }
  return vector;
}

function hash(word: string): number {
  return [...word].reduce((sum, character) => (sum * 31 + character.codePointAt(0)!) % 8191, 7);
}
