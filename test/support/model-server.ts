import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { streamAnswer, type StreamScript } from './model-stream.js';

type Misbehaviour =
  'rate-limited' | 'rate-limited for long' | 'rejected' | 'error' | 'html' | 'cut' | 'silent' | 'prose';

export interface ModelServer extends StreamScript {
  baseUrl: string;
  /** Bodies of the requests it got. */
  requests: {
    messages: { role: string; content: string }[];
    model: string;
    max_tokens?: number;
    stream?: boolean;
  }[];
  authorizations: (string | undefined)[];
  /** What it does with the next requests, one each; then it behaves again. */
  next(...misbehaviours: Misbehaviour[]): void;
  /** What it does with all requests from now on; undefined: behave. */
  always(misbehaviour: Misbehaviour | undefined): void;
  answer: { summary: string; topics: string[]; mood: string; facts?: object[] };
  close(): Promise<void>;
}

/** A model behind an OpenAI-compatible endpoint on loopback that misbehaves on demand. */
export async function startModelServer(): Promise<ModelServer> {
  const queue: Misbehaviour[] = [];
  let constant: Misbehaviour | undefined;
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const asked = JSON.parse(body) as ModelServer['requests'][number];
      model.requests.push(asked);
      const question = asked.messages.at(-1)!.content;
      model.authorizations.push(request.headers.authorization);
      const json = (status: number, value: object, headers = {}) =>
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(value));
      const misbehaviour = queue.shift() ?? constant;
      switch (misbehaviour) {
        case 'rate-limited for long':
          return json(429, { error: { message: `slow down, ${body}` } }, { 'retry-after': '3600' });
        case 'rejected':
          return json(401, { error: { message: `who is ${request.headers.authorization}?` } });
        case 'rate-limited':
          return json(429, { error: { message: `slow down, ${body}` } }, { 'retry-after': '1' });
        case 'error':
          return json(500, { error: { message: `broken, ${body}` } });
        case 'html':
          return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
        case 'cut':
          if (asked.stream) return void streamAnswer(response, model, question, true);
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
          return response.write('{"id": "x", "choices": [', () => response.destroy());
        case 'silent':
          return;
        case 'prose':
          return json(200, completion('Of course! Here you go.'));
        case undefined:
          if (asked.stream) return void streamAnswer(response, model, question, false);
          return json(200, completion(`\`\`\`json\n${JSON.stringify(model.answer)}\n\`\`\``));
      }
    });
  });
  const model: ModelServer = {
    baseUrl: '',
    pieces: ['Lapsang', ' Souchong', ', the smoky', ' one.'],
    finishReason: 'stop',
    usage: { prompt_tokens: 321, completion_tokens: 12, total_tokens: 333 },
    gates: [],
    abandoned: [],
    requests: [],
    authorizations: [],
    next: (...misbehaviours) => void queue.push(...misbehaviours),
    always: (misbehaviour) => void (constant = misbehaviour),
    answer: { summary: 'The user asked; the assistant answered.', topics: ['tests'], mood: 'calm' },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  model.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return model;
}

const completion = (content: string) => ({
  id: 'completion',
  object: 'chat.completion',
  created: 1,
  model: 'test-model',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
