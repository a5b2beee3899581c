import type { SourceColumn } from './conversion.ts';
import { type ParquetFile, quoteName } from './open-parquet.ts';

/** A column of a Parquet file. */
export interface ParquetColumn extends SourceColumn {
  /** Its name in the file. */
  name: string;
  /** Its type in the file, such as `DOUBLE` or `BYTE_ARRAY/UTF8`. */
  parquetType: string;
}

/** What a Parquet file says of itself. */
export interface Footer {
  rows: number;
  columns: ParquetColumn[];
}

interface SchemaElement extends Record<string, string | null> {
  name: string;
  type: string | null;
  num_children: string | null;
  converted_type: string | null;
  logical_type: string | null;
  duckdb_type: string | null;
}

/** Reads the footer, but not what it says of every row group. */
export async function readFooter(file: ParquetFile): Promise<Footer> {
  const [metadata] = await file.rows<{ num_rows: string }>(
    `select num_rows from parquet_file_metadata(${file.path})`,
  );
  const elements = await file.rows<SchemaElement>(
    `select name, type, num_children, converted_type, logical_type, duckdb_type from parquet_schema(${file.path})`,
  );
  const described = await file.rows<{ column_name: string; column_type: string }>(
    `describe select * from ${file.from}`,
  );
  // DuckDB's own names differ from the file's where two of those differ only in case.
  const columns = topLevel(elements).map((element, i): ParquetColumn => {
    const { column_name = element.name, column_type = '' } = described[i] ?? {};
    const type = element.duckdb_type === '"NULL"' ? '"NULL"' : column_type;
    return {
      name: element.name,
      sql: quoteName(column_name),
      type,
      parquetType: element.type === null ? column_type : parquetType(element.type, element),
    };
  });
  return { rows: Number(metadata?.num_rows), columns };
}

/** The root's children, out of the list in which each group is followed by its own. */
function topLevel(elements: readonly SchemaElement[]): SchemaElement[] {
  const found: SchemaElement[] = [];
  for (let at = 1; at < elements.length; at = behind(elements, at)) found.push(elements[at] as SchemaElement);
  return found;
}

/** The index behind an element and all that is in it. */
function behind(elements: readonly SchemaElement[], at: number): number {
  let next = at + 1;
  for (let child = 0; child < Number(elements[at]?.num_children ?? 0); child++) next = behind(elements, next);
  return next;
}

function parquetType(physical: string, { converted_type, logical_type }: SchemaElement): string {
  const annotation = converted_type ?? logical_type?.split('(')[0];
  return annotation === undefined ? physical : `${physical}/${annotation}`;
}
