import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FailureType } from '../../src/contract.ts';
import { startWithTexts } from '../workflows/start-with-texts.ts';
import { useWorkflows } from '../workflows/use-workflows.ts';
import { anyText } from './json.ts';
import { runs } from './runs.ts';

const workflows = useWorkflows();
const REFUSALS: readonly unknown[] = [FailureType.InvalidInput, FailureType.UnknownDataset];

it.each(['loadMonth', 'loadMonths'] as const)(
  '%s ends whatever it is started with, JSON or not, and fails for a reason if it cannot be meant',
  async (type) => {
    await workflows.run({}, async (lab) => {
      const texts = fc.sample(anyText, runs(15));
      const ends = await Promise.all(
        texts.map(async (text) => ({ text, ...(await startWithTexts(lab, type, [text], '30 seconds')) })),
      );
      for (const { text, failure, stuck } of ends) {
        const shown = text.slice(0, 1_000);
        expect(stuck, shown).toBe(0);
        if (failure === undefined) continue;
        expect(failure, shown).toBeInstanceOf(ApplicationFailure);
        expect(REFUSALS, shown).toContain((failure as ApplicationFailure).type);
      }
    });
  },
);
