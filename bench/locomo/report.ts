import { BUDGETS, DEPTHS, type Measured } from './measure.ts';

const CATEGORIES = ['', 'multi-hop', 'temporal', 'open-domain', 'single-hop', 'adversarial'];

interface Run {
  conversations: number;
  turns: number;
  seconds: number;
  p50: number;
  p99: number;
}

/** The figures as a table. */
export function markdown(
  measured: readonly Measured[],
  { conversations, turns, seconds, p50, p99 }: Run,
): string {
  const row = (title: string, some: readonly Measured[]): string => {
    const mean = (value: (one: Measured) => number) =>
      ((100 * some.reduce((sum, one) => sum + value(one), 0)) / Math.max(1, some.length)).toFixed(1);
    const cells = [
      ...BUDGETS.map((_, index) => mean((one) => one.coverage[index]!)),
      ...DEPTHS.map((_, index) => mean((one) => one.recall[index]!)),
    ];
    return `| ${[`${title} (${some.length})`, ...cells].join(' | ')} |`;
  };
  const categories = [...new Set(measured.map(({ category }) => category))].sort((one, other) => one - other);
  return [
    `| questions | ${BUDGETS.map((budget) => `${budget / 1000}k`).join(' | ')} | ${DEPTHS.map((depth) => `R@${depth}`).join(' | ')} |`,
    `| --- ${'| ---: '.repeat(BUDGETS.length + DEPTHS.length)}|`,
    row('all', measured),
    ...categories.map((category) =>
      row(
        CATEGORIES[category] ?? String(category),
        measured.filter((one) => one.category === category),
      ),
    ),
    '',
    `${conversations} conversations, ${turns} turns, ${measured.length} questions with ${BUDGETS.length} contexts each in ` +
      `${seconds.toFixed(0)} s, recording included. \`buildContext\` over HTTP: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms.`,
    '',
  ].join('\n');
}
