import type { Command } from 'commander';
import { migrateWarehouse, openWarehouse } from '../operations/connect.ts';
import { getConfig, print } from './context.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description("bring the database to this version's shape; a worker's start does the same")
    .action(async () => {
      const pool = await openWarehouse(getConfig());
      try {
        const applied = await migrateWarehouse(pool);
        print(applied.length === 0 ? 'the database is up to date' : `applied ${applied.join(', ')}`);
      } finally {
        await pool.end();
      }
    });
}
