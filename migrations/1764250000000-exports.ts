import { readFileSync } from 'node:fs';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = (name: string): string =>
  readFileSync(new URL(`./1764250000000-exports.${name}.sql`, import.meta.url), 'utf8');

/** How far exports have come. */
export class Exports1764250000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sql('up'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(sql('down'));
  }
}
