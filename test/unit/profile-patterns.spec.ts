import { PatternExtractor } from '../../src/profile/patterns/pattern-extractor.js';

const extractor = new PatternExtractor();
const factsIn = async (text: string): Promise<string[]> => {
  const { mentions } = await extractor.extract([{ interactionId: 'one', text }]);
  return mentions.map((mention) => mention.text);
};

describe('patterns find', () => {
  it.each([
    ['I work as a nurse.', 'Works as a nurse'],
    ["Hi, I'm a software engineer at Acme.", 'Is a software engineer'],
    ['Actually, I work for Google now.', 'Works for Google'],
    ['I work in marketing', 'Works in marketing'],
    ["I'm studying biology at MIT", 'Studies biology'],
    ['I live in Lisbon', 'Lives in Lisbon'],
    ['hi, i live in berlin', 'Lives in Berlin'],
    ['We moved from Ohio to Porto last year', 'Lives in Porto'],
    ["I'm from Spain but I live in New York City now", 'Is from Spain', 'Lives in New York City'],
    ['My sister Anna is visiting', 'Has a sister called Anna'],
    ["My boss's loud, but my dog Rex isn't", 'Has a dog called Rex'],
    ['I have two kids and a dog', 'Has two kids'],
    ["I'm married to Tom", 'Is married to Tom'],
    ['I love hiking, swimming and chess', 'Loves hiking', 'Loves swimming', 'Loves chess'],
    ['I enjoy pottery because it calms me', 'Enjoys pottery'],
    ['I play the guitar', 'Plays guitar'],
    ['My hobbies are knitting and baking', 'Enjoys knitting', 'Enjoys baking'],
    ['I prefer tea over coffee', 'Prefers tea to coffee'],
    ['My favorite movie is Inception', 'Has Inception as favourite movie'],
    ["I don't like spicy food", 'Dislikes spicy food'],
    ["I can't stand cilantro.", 'Dislikes cilantro'],
    ["I'm allergic to peanuts and shellfish", 'Is allergic to peanuts and shellfish'],
    ["I'm vegan, what can I cook", 'Is vegan'],
    ['My name is Ada and I am 34 years old', 'Is called Ada', 'Is 34 years old'],
    ['I speak Spanish and French', 'Speaks Spanish', 'Speaks French'],
    ['Call me Liz.', 'Wants to be called Liz'],
    ['please keep your answers short', 'Prefers short answers'],
    ['My goal is to run a marathon this year', 'Wants to run a marathon'],
    ["I'm learning Portuguese", 'Is learning Portuguese'],
    ['I want to become a doctor', 'Wants to become a doctor'],
    ['Honesty is important to me.', 'Finds honesty important'],
    ["I'm struggling with insomnia", 'Struggles with insomnia'],
    ["I've been feeling anxious lately", 'Has been anxious lately'],
    ['I graduated from MIT', 'Graduated from MIT'],
    ['My grandma passed away last week.', 'Lost a grandmother'],
    ['I just passed my driving test!', 'Passed their driving test'],
    ['I’m a nurse. Can you help me?', 'Is a nurse'],
  ])('%s', async (said, ...facts) => {
    expect(await factsIn(said)).toEqual(facts);
  });
});

describe('patterns find nothing in', () => {
  it.each([
    ['questions', 'Do you think I work as a nurse?', 'What if I am a vampire?'],
    ['denials', "I don't live in Lisbon", "I'm not a nurse", 'I never liked fish', "I don't love hiking"],
    ['the past', 'I used to live in Paris', 'I loved chess when I was a kid', 'I no longer work as a baker'],
    [
      'doubts, wishes and conditions',
      'Maybe I like jazz',
      'I wish I were a pilot',
      "If I lived in Rome I'd be happy, I love pizza",
      'I would love hiking',
      'I might move to Berlin',
      'I was thinking about moving to Berlin',
      'Suppose I am a lawyer',
    ],
    [
      'what others say or are',
      'He said I love hiking',
      "My friend says I'm a doctor",
      'She loves hiking',
      'My sister is great',
      'My brother thinks I love jazz',
      "Apparently I'm a genius",
    ],
    [
      'quotations',
      '“I live in Paris forever” is a nice line',
      '> I live in Rome',
      "'I work as a nurse' she wrote",
    ],
    [
      'texts that are wanted',
      'Translate: I live in Paris',
      'Write a story: I am a pilot and I live in Tortuga',
      "Pretend I'm a king. I live in Rome.",
      'Fix the grammar: I lives in Berlin. I work as a nurse.',
    ],
    [
      'mockery',
      'Yeah right, I love Mondays',
      'Oh great, I love waiting in line',
      'Sure, I love doing taxes lol',
      'I love cats /s',
      'I love Mondays 🙄',
    ],
    [
      'what only the conversation explains',
      'I love it',
      'I love that you asked',
      'I love this idea',
      'I like your style',
      'I love the design',
      "I'm interested in your offer",
      'I want to know more',
      'I want to become better at it',
      'My favorite part is the end',
      "I'm learning a ton",
      'I believe in you',
      'I love stories that tackle such things',
    ],
    [
      'figures of speech',
      "I'm a big fan",
      "I'm a terrible cook",
      'I live in fear',
      "I'm in love",
      'I live in the moment',
      "I'm from the future",
      'My name is mud',
      'I work as hard as I can',
      'I am allergic to bad code',
      'I have two questions',
      'I have a dog question',
      "I'm single-handedly doing this",
    ],
    ['what is pasted', `I live in Lisbon. ${'And so on. '.repeat(300)}`],
    ['other languages', 'Ich wohne in Berlin.', 'Soy enfermera.', '我住在北京。'],
  ])('%s', async (_kind, ...said) => {
    for (const text of said) expect([text, ...(await factsIn(text))]).toEqual([text]);
  });
});
