/** Writes the JSON Schema of data sets' definitions, for editors: `npm run schema`. */
import { writeFile } from 'node:fs/promises';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as prettier from 'prettier';
import { definitionSchema } from '../src/datasets/definition-schema.ts';

const FILE = new URL('../schema/dataset.schema.json', import.meta.url);

/** The schema as the file holds it. What JSON Schema has no words for is checked by fareflow alone. */
export async function datasetSchema(): Promise<string> {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A data set of fareflow',
    ...toJsonSchema(definitionSchema, { errorMode: 'ignore' }),
  };
  const config = await prettier.resolveConfig(FILE);
  return prettier.format(JSON.stringify(schema), { ...config, parser: 'json' });
}

if (import.meta.url === new URL(process.argv[1] ?? '', 'file:').href)
  await writeFile(FILE, await datasetSchema());
