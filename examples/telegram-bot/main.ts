import { BotMemory } from '../bots/memory.js';
import { createBot } from './bot.js';

const { TELEGRAM_TOKEN, RECOLLECT_KEY, RECOLLECT_URL = 'http://127.0.0.1:4000/graphql' } = process.env;
if (!TELEGRAM_TOKEN || !RECOLLECT_KEY) {
  console.error('Set TELEGRAM_TOKEN (from @BotFather) and RECOLLECT_KEY (from createServiceKey).');
  process.exit(1);
}

const bot = createBot(TELEGRAM_TOKEN, new BotMemory(RECOLLECT_URL, RECOLLECT_KEY, 'telegram'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void bot.stop());
await bot.start({ onStart: ({ username }) => console.log(`@${username} listens.`) });
