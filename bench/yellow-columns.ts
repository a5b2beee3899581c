/** The columns of the benchmark's yellow files, as others' tables have them. */
import { sourceColumnDefinitions } from '../src/database/columns.ts';
import { columnList } from '../src/database/sql.ts';
import { getDataset } from '../src/datasets/index.ts';
import { headers } from '../src/mirror/csv-row.ts';

/** The columns that the files have; fareflow's table has those of other years too. */
export const names = headers.yellow.split(',').map((name) => name.toLowerCase());
export const columns = columnList(names);

const whole = getDataset('yellow');
const yellow = { ...whole, columns: whole.columns.filter(({ name }) => names.includes(name)) };

/** Their DDL, with the types of fareflow's table. */
export const definitions = sourceColumnDefinitions(yellow);

/** The seven columns that a row is known by. */
export const { naturalKey } = yellow;
