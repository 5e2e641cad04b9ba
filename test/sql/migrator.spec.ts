import { withMigrations } from '../../src/database/migrator.js';

it('migrates with the options of the URL, for as long as it takes', async () => {
  const url = new URL(process.env.TEST_DATABASE_URL!);
  url.searchParams.set('options', '-c work_mem=5MB -c statement_timeout=1s');
  const settings = await withMigrations(url.href, (dataSource) =>
    dataSource.query<{ name: string; setting: string }[]>(
      `select name, current_setting(name) as setting from pg_settings
       where name in ('TimeZone', 'statement_timeout', 'work_mem') order by name collate "C"`,
    ),
  );
  expect(settings).toEqual([
    { name: 'TimeZone', setting: 'UTC' },
    { name: 'statement_timeout', setting: '0' },
    { name: 'work_mem', setting: '5MB' },
  ]);
});
