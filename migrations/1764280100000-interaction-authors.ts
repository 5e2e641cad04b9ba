import { readFileSync } from 'node:fs';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = (name: string): string =>
  readFileSync(new URL(`./1764280100000-interaction-authors.${name}.sql`, import.meta.url), 'utf8');

/** Who wrote a turn that is not the user's own. */
export class InteractionAuthors1764280100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sql('up'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(sql('down'));
  }
}
