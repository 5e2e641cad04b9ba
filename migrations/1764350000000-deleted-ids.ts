import { readFileSync } from 'node:fs';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = (name: string): string =>
  readFileSync(new URL(`./1764350000000-deleted-ids.${name}.sql`, import.meta.url), 'utf8');

/** Ids that outlive what was stored under them. */
export class DeletedIds1764350000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sql('up'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(sql('down'));
  }
}
