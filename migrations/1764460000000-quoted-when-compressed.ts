import { readFileSync } from 'node:fs';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = readFileSync(new URL('./1764460000000-quoted-when-compressed.up.sql', import.meta.url), 'utf8');

/** Compressed answers say which turns they quote, like the others. */
export class QuotedWhenCompressed1764460000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(up);
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}
