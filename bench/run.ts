import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const here = import.meta.dirname;
const root = join(here, '..');

const USAGE = `npm run bench -- [--quick] [--only=record|recent|sessions|subscriptions]

Without flags everything is measured, which takes about ten minutes, and written to bench/RESULTS.md.
--quick  one round of short windows: whether it works, not how fast it is
--only   one part`;

const PARTS = ['record', 'recent', 'sessions', 'subscriptions'] as const;
export type Part = (typeof PARTS)[number];

/** The contenders' packages are not the service's: they are installed here, when they are first needed. */
function install(): void {
  if (existsSync(join(here, 'node_modules'))) return;
  const npm = process.env.npm_execpath;
  const [program, ...args] = npm ? [process.execPath, npm] : ['npm'];
  execFileSync(program!, [...args, 'ci', '--prefix', here, '--no-audit', '--no-fund'], { stdio: 'inherit' });
}

/** The plain service has decorators, which Node does not strip. */
function buildBaseline(): void {
  const swc = createRequire(import.meta.url).resolve('@swc/cli/bin/swc.js');
  rmSync(join(here, 'dist'), { recursive: true, force: true });
  const options = ['--out-dir', 'bench/dist', '--strip-leading-paths', '--config-file', '.swcrc', '--quiet'];
  execFileSync(process.execPath, [swc, 'bench/baseline', ...options], { cwd: root, stdio: 'inherit' });
}

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, help: { type: 'boolean' } },
});
const only = values.only as Part | undefined;
if (values.help || (only && !PARTS.includes(only))) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 1);
}

install();
execFileSync(process.execPath, ['scripts/build.js'], { cwd: root, stdio: 'inherit' });
buildBaseline();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  // Only now: it needs what was installed and built.
  const { benchmark } = await import('./benchmark.ts');
  await benchmark({ quick: values.quick ?? false, parts: only ? [only] : PARTS });
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
