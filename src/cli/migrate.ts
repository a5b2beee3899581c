import type { Command } from 'commander';
import pg from 'pg';
import { migrate } from '../database/migrate.ts';
import { openWarehouse } from '../operations/connect.ts';
import { UserError } from '../operations/errors.ts';
import { getConfig, print } from './context.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description("bring the database to this version's shape; a worker's start does the same")
    .action(async () => {
      const pool = await openWarehouse(getConfig());
      try {
        const applied = await migrate(pool).catch((error: unknown) => {
          if (error instanceof pg.DatabaseError)
            throw new UserError(`the database cannot be migrated: ${error.message}`);
          throw error;
        });
        print(applied.length === 0 ? 'the database is up to date' : `applied ${applied.join(', ')}`);
      } finally {
        await pool.end();
      }
    });
}
