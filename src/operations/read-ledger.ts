import pg from 'pg';
import { UserError } from './errors.ts';

/** SQLSTATE undefined_table and invalid_schema_name. */
const NOT_MIGRATED = ['42P01', '3F000'];

/** Reads from the ledger; a database that never saw fareflow is told apart from one that fails. */
export async function readLedger<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    if (NOT_MIGRATED.includes(error.code ?? '')) {
      throw new UserError(
        'this database has no ledger yet; run `fareflow migrate`, or start a worker, which does it',
      );
    }
    throw new UserError(`the ledger could not be read: ${error.message}`);
  }
}
