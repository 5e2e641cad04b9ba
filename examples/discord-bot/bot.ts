import { randomInt } from 'node:crypto';
import {
  ChannelType,
  Client,
  Events,
  GatewayIntentBits,
  Partials,
  SlashCommandBuilder,
  type ChatInputCommandInteraction,
  type Message,
} from 'discord.js';
import { split, type BotMemory, type Chat } from '../bots/memory.js';

/** Discord refuses longer messages. */
const MAX_MESSAGE_LENGTH = 2000;

const COMMANDS = [
  new SlashCommandBuilder().setName('roll').setDescription('Roll a die.'),
  new SlashCommandBuilder().setName('reset').setDescription('Forget what was said in this channel.'),
  new SlashCommandBuilder()
    .setName('link')
    .setDescription('Join this with your account.')
    .addStringOption((option) =>
      option.setName('code').setDescription('The one-time code.').setRequired(true),
    ),
  new SlashCommandBuilder()
    .setName('ask')
    .setDescription('Ask what you said before.')
    .addStringOption((option) => option.setName('question').setDescription('What?').setRequired(true)),
];

/** A bot that remembers: it answers direct messages, mentions, and /ask. `api` is where Discord's REST API is. */
export function createBot(memory: BotMemory, api?: string): Client {
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages],
    partials: [Partials.Channel],
    ...(api && { rest: { api } }),
  });

  client.once(Events.ClientReady, ({ application }) => void application.commands.set(COMMANDS));

  client.on(Events.MessageCreate, (message) => {
    if (message.author.bot || (message.inGuild() && !message.mentions.has(message.client.user))) return;
    const chat = memory.of(message.author.id, chatOf(message));
    const { id: messageId, content } = message;
    answer(chat.ask({ messageId, text: content || '[attachment]', attachments: attachmentsOf(message) }), {
      reply: (text) => message.reply(text),
      failed: (error) => chat.error(error),
    });
  });

  client.on(Events.InteractionCreate, (interaction) => {
    if (!interaction.isChatInputCommand()) return;
    const chat = memory.of(interaction.user.id, chatOf(interaction));
    const { id: messageId, options } = interaction;
    const results: Record<string, () => Promise<string>> = {
      roll: async () => {
        const value = String(randomInt(1, 7));
        await chat.tool('dice', { sides: 6 }, value);
        return value;
      },
      reset: () => chat.reset().then(() => 'Forgotten.'),
      link: () => chat.link(options.getString('code', true)),
      ask: () => chat.ask({ messageId, text: options.getString('question', true) }),
    };
    const run = async () => {
      await interaction.deferReply(); // it may take longer than the 3 s that Discord waits
      return results[interaction.commandName]!();
    };
    answer(run(), {
      reply: (text) => interaction.followUp(text),
      failed: (error) => chat.error(error),
    });
  });
  return client;
}

function chatOf({ channelId, channel }: Message | ChatInputCommandInteraction): Chat {
  return { id: channelId, isGroup: channel?.type !== ChannelType.DM };
}

/** Sends an answer in as many messages as it needs. */
function answer(
  text: Promise<string>,
  { reply, failed }: { reply: (text: string) => Promise<unknown>; failed: (error: unknown) => Promise<void> },
): void {
  const send = async () => {
    for (const part of split(await text, MAX_MESSAGE_LENGTH)) await reply(part);
  };
  void send()
    .catch(async (error: unknown) => {
      await failed(error).catch(() => undefined); // Recollect itself may be what fails
      await reply('Something went wrong; please try again.');
    })
    .catch(() => undefined);
}

function attachmentsOf({ attachments }: Message): object[] {
  return [...attachments.values()].map(({ id, name, url, size, contentType }) => {
    return { id, name, url, size, contentType };
  });
}
