/**
 * Two dozen sentences that have nothing to do with each other. How alike a model finds any two of them is how alike it
 * finds what is unrelated: 0.1 for one model, 0.7 for another, so no fixed number would do.
 */
export const UNRELATED: readonly string[] = [
  'The train to the airport leaves at seven in the morning.',
  'My grandmother bakes bread with rye and caraway.',
  'How do I reverse a list in Python?',
  'The dentist said that I need a filling.',
  'We watched the whales from a small boat.',
  'Interest rates went up again last quarter.',
  'She plays the cello in an orchestra.',
  'Our landlord still has not repaired the heating.',
  'Which vaccination do I need for Kenya?',
  'He lost the chess game in twenty moves.',
  'The tomatoes on the balcony are ripe.',
  'I could not sleep because of the neighbours.',
  'Please translate this letter into Spanish.',
  'The new printer jams on thick paper.',
  'They are getting married in September.',
  'What is the capital of Mongolia?',
  'My running shoes are worn out after a year.',
  'The museum is closed on Mondays.',
  'Can you explain how photosynthesis works?',
  'The puppy chewed up the remote control.',
  'I have to hand in my tax return by Friday.',
  'A comet will be visible tonight.',
  'The recipe asks for two eggs and a cup of sugar.',
  'He was elected mayor by a narrow majority.',
];

/** Standard deviations above the mean of unrelated pairs: 2 in 100 such pairs are more alike. */
const DEVIATIONS = 2;

/** How alike two vectors of length 1 must be to mean more than nothing, by those of {@link UNRELATED}. */
export function floorOf(vectors: readonly (readonly number[])[]): number {
  const cosines = vectors.flatMap((one, index) => vectors.slice(0, index).map((other) => dot(one, other)));
  const mean = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
  const variance = cosines.reduce((sum, cosine) => sum + (cosine - mean) ** 2, 0) / cosines.length;
  return Math.min(mean + DEVIATIONS * Math.sqrt(variance), 1);
}

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, index) => sum + value * other[index]!, 0);
}
