import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureType } from '../../src/contract.ts';
import { type Dataset, datasetNames, datasetOf } from '../../src/datasets/index.ts';
import { isPeriod, periodKind, periodOf } from '../../src/datasets/period.ts';
import { InputError, parseLoadMonthInput, parseLoadMonthsInput } from '../../src/inputs.ts';
import { jsonText } from './json.ts';
import { runs } from './runs.ts';

const NOW = new Date('2024-06-15T12:00:00Z');

/** What the parser makes of a JSON text; any error but its own fails the property. */
function outcome<T>(parse: (input: unknown, now: Date) => T, text: string): T | InputError {
  try {
    return parse(JSON.parse(text), NOW);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

function expectRefusal({ type, message }: InputError): void {
  expect([FailureType.InvalidInput, FailureType.UnknownDataset]).toContain(type);
  expect(message).not.toBe('');
  // It is read in a terminal and kept in a history.
  expect(message.length).toBeLessThan(600);
  expect(message).not.toContain('\n');
}

function expectPeriod(dataset: Dataset, name: string): void {
  expect(isPeriod(dataset, name)).toBe(true);
  expect(name <= periodOf(dataset, NOW) && name >= dataset.firstMonth).toBe(true);
}

interface Accepted {
  dataset: string;
  definition?: object;
  month?: string;
  months?: string[];
  labels?: object;
}

describe.each([
  ['loadMonth', parseLoadMonthInput],
  ['loadMonths', parseLoadMonthsInput],
] as const)('any JSON value as input of %s', (_, parse) => {
  it('is an input with a data set and months that there are, or is refused for a reason', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(jsonText, (text) => {
        const found = outcome<Accepted>(parse, text);
        if (found instanceof InputError) return expectRefusal(found);
        const dataset = datasetOf(found);
        expect(dataset.name).toBe(found.dataset);
        expect(datasetNames().includes(found.dataset)).toBe(found.definition === undefined);
        kinds.add(`${dataset.isOwn === true ? 'own ' : ''}${periodKind(dataset)}`);
        for (const name of found.months ?? [found.month ?? '']) expectPeriod(dataset, name);
        if (found.months !== undefined) expect(found.months).toEqual([...new Set(found.months)].sort());
        for (const label of Object.values(found.labels ?? {})) expect(typeof label).toBe('string');
      }),
      runs(1_000),
    );
    expect([...kinds]).toContain('month');
  });
});
