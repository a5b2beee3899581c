/**
 * Data sets that people define for themselves. A definition travels as JSON with the input of its loads, so that a
 * worker needs no file of it.
 */
import * as v from 'valibot';
import { type Definition, definitionSchema } from './definition-schema.ts';
import { checkDefinition, DefinitionError } from './definition-checks.ts';
import { WHOLE } from './period.ts';
import { shortened, show } from './refusals.ts';
import type { Dataset, Layout } from './types.ts';

export { DefinitionError } from './definition-checks.ts';

/** It is part of the history of every load. */
const MAX_BYTES = 32_768;

/** The data set that a definition declares. `builtIn` are those whose names and tables are taken. */
export function parseDefinition(definition: unknown, builtIn: readonly Dataset[]): Dataset {
  checkSize(definition);
  const parsed = v.safeParse(definitionSchema, definition);
  if (!parsed.success) throw refusal(parsed.issues[0]);
  const layouts = layoutsOf(parsed.output);
  checkDefinition(parsed.output, layouts, builtIn);
  return datasetOf(parsed.output, layouts);
}

function datasetOf(definition: Definition, layouts: Layout[]): Dataset {
  const { name, title = name, table = name, columns, key, period = 'month', first = WHOLE } = definition;
  const { partitionColumn, repeats, checks, sources } = definition;
  return {
    name,
    title,
    table,
    period,
    isOwn: true,
    firstMonth: first,
    columns,
    naturalKey: key,
    layouts,
    ...(partitionColumn === undefined ? {} : { pickupColumn: partitionColumn }),
    ...(repeats === undefined ? {} : { repeats }),
    ...(checks === undefined ? {} : { checks }),
    sources: sources.map(({ redirectHosts = [], ...source }) => ({ ...source, redirectHosts })),
  };
}

function checkSize(definition: unknown): void {
  let json: string;
  try {
    json = JSON.stringify(definition);
  } catch {
    throw new DefinitionError('the definition', 'is too deep to be one');
  }
  if (new TextEncoder().encode(json).length > MAX_BYTES) {
    throw new DefinitionError('the definition', `is longer than ${MAX_BYTES} bytes of JSON`);
  }
}

function refusal(issue: v.BaseIssue<unknown>): DefinitionError {
  // An entry that may have one of several forms: the form that it nearly has says more.
  const nested = issue.type === 'union' ? issue.issues?.find(({ path }) => path !== undefined) : undefined;
  const path = [issue, nested].flatMap((part) => (part === undefined ? [] : (v.getDotPath(part) ?? [])));
  return new DefinitionError(shortened(path.join('.') || 'the definition'), messageOf(nested ?? issue));
}

function messageOf(issue: v.BaseIssue<unknown>): string {
  const missing = issue.input === undefined && issue.kind === 'schema' && issue.type !== 'strict_object';
  return missing ? 'is missing' : issue.message;
}

/** The declared layouts, or one for each kind of source whose header holds the columns' names. */
function layoutsOf({ layouts, columns, sources }: Definition): Layout[] {
  if (layouts === undefined) {
    const names = columns.map(({ name }) => [name, name]);
    const formats = [...new Set(sources.map(({ format }) => format))];
    return formats.map((format) => ({
      format,
      name: 'its columns',
      columns: Object.fromEntries(names) as Layout['columns'],
    }));
  }
  return layouts.map(({ format, name, columns, optional, ignored, surplusFields }, i) => ({
    format,
    name: name ?? `number ${i + 1}`,
    columns: headersOf(columns, `layouts.${i}.columns`),
    ...(optional === undefined ? {} : { optional }),
    ...(ignored === undefined ? {} : { ignored }),
    ...(surplusFields === undefined ? {} : { surplusFields }),
  }));
}

type Headers = NonNullable<Definition['layouts']>[number]['columns'];

function headersOf(entries: Headers, path: string): Layout['columns'] {
  const pairs = entries.map((entry) =>
    typeof entry === 'string' ? [entry, entry.toLowerCase()] : [entry.header, entry.column],
  );
  pairs.forEach(([header], i) => {
    if (pairs.findIndex(([other]) => other === header) !== i) {
      throw new DefinitionError(`${path}.${i}`, `${show(header)} is there twice`);
    }
  });
  // Unlike an assignment, this makes even __proto__ an entry.
  return Object.fromEntries(pairs) as Layout['columns'];
}
