import { Bot, type Context } from 'grammy';
import type { Message } from 'grammy/types';
import { split, type BotMemory, type ChatMemory } from '../bots/memory.js';

/** Telegram refuses longer messages. */
const MAX_MESSAGE_LENGTH = 4096;

/** A bot that remembers. `apiRoot` is where Telegram's Bot API is. */
export function createBot(token: string, memory: BotMemory, apiRoot = 'https://api.telegram.org'): Bot {
  const bot = new Bot(token, { client: { apiRoot } });
  const of = ({ from, chat, msg }: Context): ChatMemory => {
    const topic = msg?.is_topic_message ? msg.message_thread_id : undefined;
    return memory.of(from!.id, { id: chat!.id, topic, isGroup: chat!.type !== 'private' });
  };

  bot.command('start', (context) =>
    context.reply('Ask me anything. /reset forgets this chat, /roll rolls a die.'),
  );
  bot.command('reset', async (context) => {
    await of(context).reset();
    await context.reply('Forgotten.');
  });
  bot.command('link', async (context) => context.reply(await of(context).link(context.match.trim())));
  bot.command('roll', async (context) => {
    const { dice } = await context.replyWithDice('🎲');
    await of(context).tool('dice', { sides: 6 }, String(dice.value));
  });

  bot.on('message', async (context) => {
    const { message } = context;
    const attachments = attachmentsOf(message);
    const text = message.text ?? message.caption ?? attachments.map(({ type }) => `[${type}]`).join(' ');
    if (text === '') return; // somebody joined, a title changed ...
    await context.replyWithChatAction('typing');
    const answer = await of(context).ask({ messageId: message.message_id, text, attachments });
    for (const part of split(answer, MAX_MESSAGE_LENGTH)) await context.reply(part);
  });

  bot.catch(async ({ error, ctx: context }) => {
    if (!context.from || !context.chat) return;
    await of(context)
      .error(error)
      .catch(() => undefined); // Recollect itself may be what fails
    await context.reply('Something went wrong; please try again.').catch(() => undefined);
  });
  return bot;
}

const ATTACHMENTS = [
  'document',
  'audio',
  'voice',
  'video',
  'video_note',
  'sticker',
  'location',
  'contact',
] as const;

/** What Telegram knows of the files; of a photo's sizes the largest. */
function attachmentsOf(message: Message): { type: string }[] {
  const photo = message.photo?.at(-1);
  return [
    ...(photo ? [{ type: 'photo', ...photo }] : []),
    ...ATTACHMENTS.flatMap((type) => (message[type] ? [{ type, ...message[type] }] : [])),
  ];
}
