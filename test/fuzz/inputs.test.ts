import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureType, type MonthString } from '../../src/contract.ts';
import { datasetNames, getDataset } from '../../src/datasets/index.ts';
import { isMonth } from '../../src/datasets/month.ts';
import { InputError, parseLoadMonthInput, parseLoadMonthsInput } from '../../src/inputs.ts';
import { jsonText } from './json.ts';
import { runs } from './runs.ts';

const TODAY = '2024-06';

/** What the parser makes of a JSON text; any error but its own fails the property. */
function outcome<T>(parse: (input: unknown, today: MonthString) => T, text: string): T | InputError {
  try {
    return parse(JSON.parse(text), TODAY);
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

function expectMonth(dataset: string, month: string): void {
  expect(isMonth(month)).toBe(true);
  expect(month <= TODAY && month >= getDataset(dataset).firstMonth).toBe(true);
}

describe.each([
  ['loadMonth', parseLoadMonthInput],
  ['loadMonths', parseLoadMonthsInput],
] as const)('any JSON value as input of %s', (_, parse) => {
  it('is an input with a data set and months that there are, or is refused for a reason', () => {
    let accepted = 0;
    fc.assert(
      fc.property(jsonText, (text) => {
        const found = outcome<{ dataset: string; month?: string; months?: string[]; labels?: object }>(
          parse,
          text,
        );
        if (found instanceof InputError) return expectRefusal(found);
        accepted++;
        expect(datasetNames()).toContain(found.dataset);
        for (const month of found.months ?? [found.month ?? '']) expectMonth(found.dataset, month);
        if (found.months !== undefined) expect(found.months).toEqual([...new Set(found.months)].sort());
        for (const label of Object.values(found.labels ?? {})) expect(typeof label).toBe('string');
      }),
      runs(500),
    );
    expect(accepted).toBeGreaterThan(0);
  });
});
