import { readFileSync } from 'node:fs';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = (name: string): string =>
  readFileSync(new URL(`./1764000500000-export.${name}.sql`, import.meta.url), 'utf8');

/** One-time addresses of exports. */
export class Export1764000500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sql('up'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(sql('down'));
  }
}
