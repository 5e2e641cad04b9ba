import { readFileSync } from 'node:fs';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = (name: string): string => readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');

const REPLACED = [
  'account',
  'clear_messages',
  'close_session',
  'delete_interaction',
  'end_session',
  'run_command',
] as const;

/** Summaries of sessions, and the commands that write them. */
export class Summaries1763700002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sql('1763700002000-summaries.up'));
  }

  async down(runner: QueryRunner): Promise<void> {
    const foundation = sql('1763700000000-foundation.functions');
    for (const name of REPLACED) {
      const [text] = new RegExp(`^create function ${name}\\(.*?^end \\$\\$;$`, 'ms').exec(foundation)!;
      await runner.query(text.replace('create', 'create or replace'));
    }
    await runner.query(sql('1763700002000-summaries.down'));
  }
}
