/** The real range with months that are loaded at once: for tests of how long a range can be. */
import type { LoadMonthInput, LoadReport } from '../../src/contract.ts';
import { fakeSkipped } from '../support/fake-activities.ts';

export { loadMonths } from '../../src/workflows/index.ts';

export function loadMonth(input: LoadMonthInput): Promise<LoadReport> {
  return Promise.resolve(fakeSkipped(input));
}
