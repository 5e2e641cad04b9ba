import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConversations } from './conversations.ts';
import { measure, milliseconds, replay, type Measured } from './measure.ts';
import { markdown } from './report.ts';
import { quantile, register, startService } from './service.ts';

const [file] = process.argv.slice(2);
if (!file) {
  console.log('npm run bench:locomo -- <file in the format of the LoCoMo set>');
  process.exit(1);
}
const conversations = readConversations(file);
const service = await startService();
const start = performance.now();
const measured: Measured[] = [];
let turns = 0;
for (const conversation of conversations) {
  const token = await register(service.url);
  const keys = await replay(service.url, token, conversation);
  turns += keys.length;
  for (const question of conversation.questions) {
    measured.push(await measure(service.url, token, question, conversation.turns, keys));
  }
  console.log(`${conversation.name}: ${keys.length} turns, ${conversation.questions.length} questions`);
}
const seconds = (performance.now() - start) / 1000;
await service.stop();
const text = markdown(measured, {
  conversations: conversations.length,
  turns,
  seconds,
  p50: quantile(milliseconds, 0.5),
  p99: quantile(milliseconds, 0.99),
});
console.log(text);
const report = join(import.meta.dirname, '../LOCOMO.md');
const written = readFileSync(report, 'utf8');
const part = /<!-- measured -->[^]*<!-- \/measured -->/;
writeFileSync(report, written.replace(part, `<!-- measured -->\n\n${text}\n<!-- /measured -->`));
