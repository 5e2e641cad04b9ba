import type { Session } from './replay.js';

const columns: [title: string, cell: (session: Session, index: number) => string][] = [
  ['#', (_, index) => String(index + 1)],
  ['started', ({ startedAt }) => startedAt.slice(0, 16).replace('T', ' ')],
  ['duration', ({ durationSeconds }) => duration(durationSeconds)],
  ['turns', ({ interactionCount }) => String(interactionCount)],
  ['user', ({ userMessageCount }) => String(userMessageCount)],
  ['assistant', ({ assistantMessageCount }) => String(assistantMessageCount)],
  ['tokens', ({ inputTokens, outputTokens }) => String(inputTokens + outputTokens)],
  ['ended', ({ endReason }) => endReason ?? 'still active'],
];

/** The sessions as lines of text, with aligned columns. */
export function sessionTable(sessions: Session[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...sessions.map((session, index) => columns.map(([, cell]) => cell(session, index))),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function duration(seconds: number): string {
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
