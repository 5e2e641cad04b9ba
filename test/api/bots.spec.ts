import type { Client } from 'discord.js';
import type { Bot } from 'grammy';
import { BotMemory, split } from '../../examples/bots/memory.js';
import { createBot as createDiscordBot } from '../../examples/discord-bot/bot.js';
import { createBot as createTelegramBot } from '../../examples/telegram-bot/bot.js';
import { startApp, type TestApp } from '../support/app.js';
import { BOT, DiscordServer, GUILD } from '../support/discord-server.js';
import { TelegramServer } from '../support/telegram-server.js';

const TURNS = `query ($askedIn: UUID) {
  recentInteractions(limit: 20, askedIn: $askedIn) {
    question answer status metadata steps { role toolName arguments content isError }
    session { scope channel privacy interactionCount }
  } }`;

let app: TestApp;
let owner: string;
let key: string;

beforeAll(async () => {
  app = await startApp();
  ({ token: owner } = await app.register());
  const { body } = await app.graphql(
    `mutation { createServiceKey(input: { name: "bots", scopes: [READ, WRITE] }) { key } }`,
    {},
    owner,
  );
  ({ key } = body.data.createServiceKey);
});
afterAll(() => app.close());

/** What Recollect has of somebody of a platform in a chat, the own one of Telegram by default, oldest first. */
async function turnsOf(
  identity: string,
  chat: object = { externalChatId: identity.slice(9) },
): Promise<any[]> {
  const ask = async (query: string, variables: Record<string, unknown>) =>
    (await app.graphql(query, variables, key, identity)).body.data;
  const find = 'mutation ($input: SessionInput!) { getOrCreateSession(input: $input) { id } }';
  const { getOrCreateSession } = await ask(find, { input: chat });
  return (await ask(TURNS, { askedIn: getOrCreateSession.id })).recentInteractions.reverse();
}

const memory = (channel: string) => new BotMemory(`${app.url}/graphql`, key, channel);

describe('the Telegram bot', () => {
  let telegram: TelegramServer;
  let bot: Bot;
  let polling: Promise<void>;

  beforeEach(async () => {
    telegram = await TelegramServer.start();
    bot = createTelegramBot('1:token', memory('telegram'), telegram.url);
    polling = bot.start();
  });
  afterEach(async () => {
    await bot.stop();
    await polling;
    await telegram.close();
  });

  it('remembers what is said, in a session that the first message begins', async () => {
    telegram.say({ from: 11, text: 'My sister is called Anna.' });
    await telegram.called('sendMessage', 1);
    telegram.say({ from: 11, text: 'What is my sister called?' });
    const [, answer] = await telegram.called('sendMessage', 2);
    expect(answer!.payload.text).toContain('Anna');
    const turns = await turnsOf('telegram:11');
    expect(turns).toMatchObject([
      { question: 'My sister is called Anna.', status: 'COMPLETED' },
      { question: 'What is my sister called?', answer: answer!.payload.text },
    ]);
    expect(turns[1].session).toEqual({
      scope: 'telegram:11',
      channel: 'telegram',
      privacy: 'PRIVATE',
      interactionCount: 2,
    });
  });

  it('says nothing in a group that was said elsewhere', async () => {
    const group = { id: -100, type: 'supergroup', title: 'Family', is_forum: true };
    telegram.say({ from: 18, text: 'The present for my sister is a cello.' });
    await telegram.called('sendMessage', 1);
    telegram.say({ from: 18, text: 'What is the present?', chat: group });
    const topic = { chat: group, is_topic_message: true, message_thread_id: 7 };
    telegram.say({ from: 18, text: 'Which present was it?', ...topic });
    for (const { payload } of (await telegram.called('sendMessage', 3)).slice(1)) {
      expect(payload.text).toContain('I remember nothing');
    }
    const turns = await turnsOf('telegram:18', { externalChatId: '-100', conversationId: '7' });
    expect(turns).toMatchObject([
      { question: 'Which present was it?', session: { scope: 'telegram:-100:7', privacy: 'GROUP' } },
    ]);
  });

  it('stores a message once that is delivered twice', async () => {
    const message = {
      message_id: 5000,
      date: 1,
      text: 'Once.',
      from: { id: 12, is_bot: false, first_name: 'N' },
      chat: { id: 12, type: 'private', first_name: 'N' },
    };
    telegram.deliver(message);
    telegram.deliver(message);
    await telegram.called('sendMessage', 2);
    expect(await turnsOf('telegram:12')).toHaveLength(1);
  });

  it('keeps attachments as metadata', async () => {
    telegram.say({
      from: 13,
      caption: 'Look!',
      photo: [{ file_id: 'small' }, { file_id: 'large', width: 800 }],
    });
    telegram.say({ from: 13, voice: { file_id: 'v', duration: 3 } });
    await telegram.called('sendMessage', 2);
    expect(await turnsOf('telegram:13')).toMatchObject([
      { question: 'Look!', metadata: { attachments: [{ type: 'photo', file_id: 'large', width: 800 }] } },
      { question: '[voice]', metadata: { attachments: [{ type: 'voice', duration: 3 }] } },
    ]);
  });

  it('records a tool, and forgets on /reset', async () => {
    telegram.say({ from: 14, text: '/roll' });
    telegram.say({ from: 14, text: '/start' }); // comes after
    await telegram.called('sendMessage', 1);
    expect(await turnsOf('telegram:14')).toMatchObject([
      { steps: [{ role: 'TOOL', toolName: 'dice', arguments: { sides: 6 }, content: '4' }] },
    ]);
    telegram.say({ from: 14, text: '/reset' });
    expect((await telegram.called('sendMessage', 2))[1]!.payload.text).toBe('Forgotten.');
    expect(await turnsOf('telegram:14')).toEqual([]);
  });

  it('splits what is too long for one message', async () => {
    const fact = `The code of the shed is ${'very '.repeat(1500)}secret.`;
    telegram.say({ from: 15, text: fact });
    await telegram.called('sendMessage', 1);
    telegram.say({ from: 15, text: 'What is the code of the shed?' });
    const answers = await telegram.called('sendMessage', 2);
    expect(answers.every(({ payload }) => payload.text.length <= telegram.maxLength)).toBe(true);
  });

  it('records its own errors, and says so', async () => {
    telegram.refuseNext = true;
    telegram.say({ from: 16, text: 'Hello.' });
    const [, apology] = await telegram.called('sendMessage', 2);
    expect(apology!.payload.text).toBe('Something went wrong; please try again.');
    const [, failed] = await turnsOf('telegram:16');
    expect(failed.steps).toMatchObject([{ role: 'SYSTEM', isError: true }]);
    expect(failed.steps[0].content).toContain('chat not found');
  });

  it('links an account by a one-time code', async () => {
    telegram.say({ from: 17, text: 'I play the cello.' });
    await telegram.called('sendMessage', 1);
    const { token } = await app.register();
    const { body } = await app.graphql('mutation { createLinkCode { code } }', {}, token);
    telegram.say({ from: 17, text: `/link ${body.data.createLinkCode.code}` });
    const [, linked] = await telegram.called('sendMessage', 2);
    expect(linked!.payload.text).toContain('Linked');
    const { body: mine } = await app.graphql(TURNS, {}, token);
    expect(mine.data.recentInteractions[0].question).toBe('I play the cello.');
  });
});

describe('the Discord bot', () => {
  let discord: DiscordServer;
  let bot: Client;

  beforeAll(async () => {
    discord = await DiscordServer.start();
    bot = createDiscordBot(memory('discord'), discord.api);
    await bot.login('token');
    await discord.called(/^PUT .*\/commands$/);
  });
  afterAll(async () => {
    await bot.destroy();
    await discord.close();
  });

  const ofUser = (chat: object = { externalChatId: '300000000000000001', privacy: 'PRIVATE' }) =>
    turnsOf('discord:400000000000000001', chat);
  const sent = (count: number) => discord.called(/^POST \/channels\/\d+\/messages$/, count);
  const followed = (count: number) => discord.called(/^POST \/webhooks\//, count);

  it('remembers what is said, with attachments', async () => {
    discord.say('I am allergic to nuts.', {
      attachments: [{ id: '1', filename: 'cake.png', size: 9, url: 'http://x/cake.png', proxy_url: '' }],
    });
    await sent(1);
    expect(await ofUser()).toMatchObject([
      { question: 'I am allergic to nuts.', metadata: { attachments: [{ name: 'cake.png', size: 9 }] } },
    ]);
  });

  it('answers slash commands, records a tool, and forgets on /reset', async () => {
    discord.command('ask', [{ name: 'question', type: 3, value: 'What am I allergic to?' }]);
    expect((await followed(1))[0]!.body.content).toContain('nuts');
    discord.command('roll');
    const [, roll] = await followed(2);
    expect((await ofUser()).at(-1)).toMatchObject({
      steps: [{ toolName: 'dice', content: roll!.body.content }],
    });
    discord.command('reset');
    expect((await followed(3))[2]!.body.content).toBe('Forgotten.');
    expect(await ofUser()).toEqual([]);
  });

  it('does not listen to other bots, nor in a server unless it is mentioned', async () => {
    const before = (await ofUser()).length;
    discord.say('I am a bot.', {
      author: { id: '5', username: 'other', discriminator: '0', avatar: null, bot: true },
    });
    discord.say('Not for you.', GUILD);
    discord.say('For you.');
    await sent(2);
    const turns = await ofUser();
    expect(turns.slice(before).map(({ question }) => question)).toEqual(['For you.']);
  });

  it('says nothing in a server that was said directly', async () => {
    const before = (await sent(0)).length;
    discord.say('The present for my sister is a cello.');
    await sent(before + 1);
    discord.say(`<@${BOT.id}> What is the present?`, { ...GUILD, mentions: [BOT] });
    const answer = (await sent(before + 2)).at(-1)!;
    expect(answer.path).toContain(GUILD.channel_id);
    expect(answer.body.content).toContain('I remember nothing');
    const inServer = await ofUser({ externalChatId: GUILD.channel_id });
    expect(inServer).toMatchObject([{ session: { privacy: 'GROUP' } }]);
  });
});

describe('a long text', () => {
  it('is cut between paragraphs, lines or words, and never within a character', () => {
    expect(split('short', 10)).toEqual(['short']);
    expect(split('', 10)).toEqual([]);
    expect(split('one two\n\nthree four', 10)).toEqual(['one two', 'three four']);
    expect(split('one two three four', 10)).toEqual(['one two', 'three four']);
    expect(split('🍵'.repeat(10), 5)).toEqual(Array.from({ length: 5 }, () => '🍵🍵'));
  });
});
