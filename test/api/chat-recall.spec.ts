import { startApp, type TestApp } from '../support/app.js';
import { chatterOf, joined } from '../support/chat.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const TURN = {
  question: 'Which tea is my favourite?',
  answer: 'Lapsang Souchong, the smoky one.',
  occurredAt: '2026-03-01T14:30:00Z',
};
const NO_MODEL = 'No model is configured (LLM_BASE_URL, LLM_MODEL), so I answer from memory alone.';

describe('without a model', () => {
  it('memory alone answers: it quotes who said what, when and where, and says why', async () => {
    const chatter = await chatterOf(app);
    const { interaction } = await chatter.record(TURN);
    await chatter.record({ question: 'What is the capital of Peru?', answer: 'Lima.' });
    const { interaction: pending } = await chatter.send({ text: 'What is the name of the tea I like?' });
    expect(pending.status).toBe('PENDING');
    const answer = joined(await chatter.stream(pending.id).ended);
    const [introduction, you, assistant, source, ...rest] = answer
      .split('\n')
      .filter((line) => /\w/.test(line));
    expect(introduction).toBe(`${NO_MODEL} I remember:`);
    expect(you).toBe(`> You: ${TURN.question}`);
    expect(assistant).toBe(`> Assistant: ${TURN.answer}`);
    expect(source).toMatch(/^> \(text chat of 1 March 2026 at 14:30, .+ ago; /);
    expect(source).toContain(interaction.id);
    expect(rest).toEqual([]);

    const stored = await chatter.read(pending.id);
    expect(stored).toMatchObject({ status: 'COMPLETED', answer, usage: { calls: 0 } });
    expect(stored.contextSources.map(({ id }: { id: string }) => id)).toContain(interaction.id);
    expect(stored.versions).toMatchObject([{ model: 'recall', finishReason: 'stop' }]);
  });

  it('quotes no answer of its own, and of a long one the pieces that matter', async () => {
    const chatter = await chatterOf(app);
    const filler = 'And so on and so forth. '.repeat(40);
    await chatter.record({ ...TURN, answer: `${filler} Your favourite tea is Lapsang. ${filler}` });
    for (let time = 0; time < 3; time++) {
      const { interaction } = await chatter.send({ text: 'Which tea is my favourite?', wait: true });
      expect(interaction.answer.match(/No model is configured|You:/g)).toHaveLength(2);
      expect(interaction.answer).toContain('favourite tea is Lapsang');
      expect(interaction.answer.length).toBeLessThan(600);
    }
    const context =
      '{ buildContext(input: { query: "Which tea is my favourite?" }) { systemPrompt messages { content } } }';
    const { buildContext } = await chatter.ask(context);
    expect(JSON.stringify(buildContext)).toContain('favourite tea is Lapsang');
    expect(JSON.stringify(buildContext)).not.toContain('No model');
  });

  it('says so when it remembers nothing; a question alone is no memory of itself', async () => {
    const chatter = await chatterOf(app);
    const { interaction } = await chatter.send({ text: 'What is the "capital" of -Peru?', wait: true });
    expect(interaction).toMatchObject({
      status: 'COMPLETED',
      answer: `${NO_MODEL} I remember nothing about this.`,
    });
    expect(await chatter.ask('{ usage(from: "2020-01-01T00:00:00Z") { calls } }')).toEqual({ usage: [] });
  });

  it('quotes nothing of another user, and nothing that was deleted', async () => {
    const other = await chatterOf(app);
    await other.record(TURN);
    const chatter = await chatterOf(app);
    const { interaction } = await chatter.record(TURN);
    await chatter.ask('mutation ($id: UUID!) { deleteInteraction(id: $id) }', { id: interaction.id });
    const asked = await chatter.send({ text: 'Which tea is my favourite?', wait: true });
    expect(asked.interaction.answer).not.toContain('Lapsang');
  });
});
