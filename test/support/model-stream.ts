import type { ServerResponse } from 'node:http';

/** What a model says when it is asked to stream. */
export interface StreamScript {
  pieces: string[];
  finishReason: string;
  /** As the last chunk tells it; null: not told. */
  usage: object | null;
  /** Before a piece at the same place is sent, its gate must have opened. */
  gates: (Promise<unknown> | undefined)[];
  /** The questions to which nobody listened until the answer's end. */
  abandoned: string[];
}

/** Streams the answer as OpenAI's chat completions do; one that is cut breaks off after the last piece. */
export async function streamAnswer(
  response: ServerResponse,
  script: StreamScript,
  question: string,
  cut: boolean,
): Promise<void> {
  let isOver = false;
  response.once('close', () => {
    if (!isOver) script.abandoned.push(question);
  });
  const chunk = (delta: object, finish_reason: string | null, rest: object = {}) => {
    const choices = [{ index: 0, delta, finish_reason }];
    const body = {
      id: 'completion',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'test-model',
      choices,
    };
    response.write(`data: ${JSON.stringify({ ...body, ...rest })}\n\n`);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  chunk({ role: 'assistant', content: '' }, null);
  for (const [index, content] of script.pieces.entries()) {
    await script.gates[index];
    chunk({ content }, null);
  }
  await script.gates[script.pieces.length];
  isOver = true;
  if (cut) return void response.socket?.end(); // after what was written
  chunk({}, script.finishReason);
  if (script.usage) chunk({}, null, { choices: [], usage: script.usage });
  response.end('data: [DONE]\n\n');
}
