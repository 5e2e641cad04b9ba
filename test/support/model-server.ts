import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Misbehaviour = 'rate-limited' | 'error' | 'html' | 'cut' | 'silent' | 'prose';

export interface ModelServer {
  baseUrl: string;
  /** Bodies of the requests it got. */
  requests: { messages: { role: string; content: string }[]; model: string }[];
  authorizations: (string | undefined)[];
  /** What it does with the next requests, one each; then it behaves again. */
  next(...misbehaviours: Misbehaviour[]): void;
  /** What it does with all requests from now on; undefined: behave. */
  always(misbehaviour: Misbehaviour | undefined): void;
  answer: { summary: string; topics: string[]; mood: string };
  close(): Promise<void>;
}

/** A model behind an OpenAI-compatible endpoint on loopback that misbehaves on demand. */
export async function startModelServer(): Promise<ModelServer> {
  const queue: Misbehaviour[] = [];
  let constant: Misbehaviour | undefined;
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      model.requests.push(JSON.parse(body) as ModelServer['requests'][number]);
      model.authorizations.push(request.headers.authorization);
      const json = (status: number, value: object, headers = {}) =>
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(value));
      switch (queue.shift() ?? constant) {
        case 'rate-limited':
          return json(429, { error: { message: `slow down, ${body}` } }, { 'retry-after': '1' });
        case 'error':
          return json(500, { error: { message: `broken, ${body}` } });
        case 'html':
          return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
        case 'cut':
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
          return response.write('{"id": "x", "choices": [', () => response.destroy());
        case 'silent':
          return;
        case 'prose':
          return json(200, completion('Of course! Here you go.'));
        case undefined:
          return json(200, completion(`\`\`\`json\n${JSON.stringify(model.answer)}\n\`\`\``));
      }
    });
  });
  const model: ModelServer = {
    baseUrl: '',
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
