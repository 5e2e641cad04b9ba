import { makeDirectory } from '../common/directories.js';

/** Makes DATA_DIR where it is not there yet. Others may pass, as the account that PostgreSQL runs as must. */
export function makeDataDirectory(path: string): void {
  try {
    makeDirectory(path, 0o711);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`DATA_DIR ${path} cannot be created (${code}): set it to a directory that can.`, {
      cause,
    });
  }
}
