import { readFileSync, writeFileSync } from 'node:fs';
import { environmentSchema } from '../../src/config/config.js';

const MARKERS = ['<!-- configuration -->', '<!-- /configuration -->'] as const;

const variables = Object.entries(environmentSchema.shape).map(([name, type]) => {
  const { data } = type.safeParse(undefined);
  return { name, description: type.description ?? '', value: data === undefined ? '' : String(data) };
});

function envExample(): string {
  const lines = variables.map(({ name, description, value }) => `# ${description}\n#${name}=${value}\n`);
  return `# Every variable Recollect reads, with its default.\n\n${lines.join('\n')}`;
}

function configurationTable(): string {
  const rows = [
    ['Variable', 'Default', 'Meaning'],
    ...variables.map(({ name, description, value }) => [`\`${name}\``, value && `\`${value}\``, description]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  rows.splice(
    1,
    0,
    widths.map((width) => '-'.repeat(width)),
  );
  return rows
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
    .join('\n');
}

function withTable(readme: string): string {
  const [start, end] = MARKERS.map((marker) => readme.indexOf(marker)) as [number, number];
  if (start < 0 || end < start) throw new Error(`README.md has no ${MARKERS.join(' ... ')}.`);
  return `${readme.slice(0, start + MARKERS[0].length)}\n\n${configurationTable()}\n\n${readme.slice(end)}`;
}

// `npm run docs:env` writes what is checked here.
describe('the documented environment', () => {
  it.each([
    ['.env.example', envExample],
    ['README.md', withTable],
  ])('%s says what the schema says', (file, expected) => {
    const written = readFileSync(file, 'utf8');
    if (process.env.UPDATE_DOCS) writeFileSync(file, expected(written));
    else expect(written).toBe(expected(written));
  });
});
