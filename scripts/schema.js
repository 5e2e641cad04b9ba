import { readFileSync, writeFileSync } from 'node:fs';
import { build } from './build.js';

build();
const { schemaText } = await import('../dist/src/schema.js');
const text = await schemaText();

if (!process.argv.includes('--check')) {
  writeFileSync('schema.gql', text);
} else if (readFileSync('schema.gql', 'utf8') !== text) {
  console.error('schema.gql is not what the code says: npm run schema');
  process.exitCode = 1;
}
