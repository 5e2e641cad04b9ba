import { readFileSync } from 'node:fs';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = (name: string): string =>
  readFileSync(new URL(`./1764000350000-embeddings.${name}.sql`, import.meta.url), 'utf8');

/** How far the embeddings of turns have come. */
export class Embeddings1764000350000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sql('up'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(sql('down'));
  }
}
