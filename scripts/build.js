import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

const parts = [
  {
    sources: ['src', 'migrations', 'client', 'examples', '.swcrc', 'package-lock.json'],
    outputs: ['src', 'migrations', 'client', 'examples'],
    built: 'dist/.built',
    command:
      '@swc/cli/bin/swc.js src migrations client examples --out-dir dist --copy-files --ignore **/*.spec.ts --quiet',
  },
  {
    sources: ['graphiql', 'package-lock.json'],
    outputs: ['graphiql'],
    built: 'dist/graphiql/.built',
    command: 'vite/bin/vite.js build --config graphiql/vite.config.ts',
  },
];

/** When anything in a file or folder last changed; a folder changes when something in it comes or goes. */
function changedAt(path) {
  const status = statSync(path);
  const inside = status.isDirectory() ? readdirSync(path) : [];
  return Math.max(status.mtimeMs, ...inside.map((name) => changedAt(join(path, name))));
}

function isFresh({ sources, built }) {
  const at = statSync(join(root, built), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.every((source) => changedAt(join(root, source)) < at);
}

function buildPart({ outputs, built, command }) {
  for (const output of outputs) rmSync(join(root, 'dist', output), { recursive: true, force: true });
  const [tool, ...options] = command.split(' ');
  const script = join(root, 'node_modules', tool);
  const { status } = spawnSync(process.execPath, [script, ...options], { cwd: root, stdio: 'inherit' });
  // The tool has said why.
  if (status !== 0) process.exit(1);
  writeFileSync(join(root, built), '');
}

/** Builds what changed: the service takes about a second, GraphiQL three. */
export function build() {
  for (const part of parts) if (!isFresh(part)) buildPart(part);
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) build();
