import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Connection, UnreachableError } from '../../client/src/index.js';
import { parseConversation } from './conversation.js';
import { registerSomebody, replay } from './replay.js';
import { sessionTable } from './table.js';

const USAGE = `npm run replay -- [conversation file] [--url URL] [--conversation NUMBER] [--token ACCESS_TOKEN]

Replays a conversation of several sessions through Recollect's API with its original times, watches it live, and
checks that every turn came back. Without a file it takes the sample beside it, without a token a new user.`;

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:4000/graphql' },
      conversation: { type: 'string', default: '1' },
      token: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return true;
  }
  const file = positionals[0] ?? join(import.meta.dirname, 'sample-conversation.json');
  const conversation = parseConversation(readFileSync(file, 'utf8'), Number(values.conversation));
  const turns = conversation.sessions.flat();
  console.log(`${conversation.name}: ${turns.length} turns in ${conversation.sessions.length} sessions\n`);

  const token = values.token ?? (await registerSomebody(values.url));
  const connection = new Connection({ url: values.url, token: async () => token });
  let heard = 0;
  const { sessions, differences } = await replay(connection, conversation, ({ role, content }) => {
    const { speaker, occurredAt } = turns[heard++]!;
    const line = `${occurredAt.slice(0, 16).replace('T', ' ')}  ${role.padEnd(9)}  ${speaker}: ${content}`;
    console.log(line.replaceAll('\n', ' ').slice(0, 110));
  });

  console.log(`\n${sessionTable(sessions)}\n`);
  for (const difference of differences) console.error(difference);
  if (differences.length === 0) {
    console.log(`Every turn came back byte-equal and in order, live and from the log.`);
  }
  return differences.length === 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  const { message } = error as Error;
  const hint =
    error instanceof UnreachableError
      ? ' Start a server with "npm start" in another terminal, or give --url.'
      : '';
  console.error(message + hint);
  process.exitCode = 1;
}
