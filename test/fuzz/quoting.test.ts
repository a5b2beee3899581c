import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ident, literal } from '../../src/database/sql.ts';
import { useDatabase } from '../support/database.ts';
import { runs } from './runs.ts';

const database = useDatabase();

/** Texts in which whatever SQL knows of quoting comes up; NUL, which PostgreSQL has no place for, on its own. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        "'",
        '\\',
        '$$',
        '$1',
        '--',
        '/*',
        '*/',
        ';',
        '\n',
        '\r',
        ' ',
        'E',
        "\\'",
        '""',
        '%',
        '\u2019',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));

it('a quoted identifier is that name to PostgreSQL, or is refused', async () => {
  const names = fc.sample(fc.oneof(text, fc.string({ unit: 'binary', maxLength: 70 })), runs(300));
  const quoted = names.flatMap((name) => {
    try {
      return [{ name, sql: ident(name) }];
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      expect(name === '' || name.includes('\0') || Buffer.byteLength(name) > 63).toBe(true);
      return [];
    }
  });
  expect(quoted.length).toBeGreaterThan(names.length / 4);
  await Promise.all(
    quoted.map(async ({ name, sql }) => {
      // In a statement that does not come to its end if anything of the name is read as SQL.
      const { fields, rows } = await database.pool.query(`select 1 as ${sql}, 2 as last`);
      expect(fields.map((field) => field.name)).toEqual([name, 'last']);
      expect(rows).toHaveLength(1);
    }),
  );
});

it('a quoted text is that text to PostgreSQL, whatever it takes backslashes for, or is refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(text, fc.string({ unit: 'binary' })), { maxLength: 40 }),
      async (texts) => {
        const quoted = texts.flatMap((each) => {
          try {
            return [{ each, sql: literal(each) }];
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
            expect(each).toContain('\0');
            return [];
          }
        });
        for (const conforming of ['on', 'off']) {
          const client = await database.pool.connect();
          try {
            await client.query(
              `set standard_conforming_strings = ${conforming}; set escape_string_warning = off`,
            );
            const { rows } = await client.query<{ found: string[] }>(
              `select array[${quoted.map(({ sql }) => sql).join(', ')}]::text[] as found`,
            );
            expect(rows[0]?.found).toEqual(quoted.map(({ each }) => each));
          } finally {
            client.release(true);
          }
        }
      },
    ),
    runs(10),
  );
});
