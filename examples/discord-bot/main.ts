import { BotMemory } from '../bots/memory.js';
import { createBot } from './bot.js';

const { DISCORD_TOKEN, RECOLLECT_KEY, RECOLLECT_URL = 'http://127.0.0.1:4000/graphql' } = process.env;
if (!DISCORD_TOKEN || !RECOLLECT_KEY) {
  console.error('Set DISCORD_TOKEN (from the developer portal) and RECOLLECT_KEY (from createServiceKey).');
  process.exit(1);
}

const bot = createBot(new BotMemory(RECOLLECT_URL, RECOLLECT_KEY, 'discord'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void bot.destroy());
await bot.login(DISCORD_TOKEN);
