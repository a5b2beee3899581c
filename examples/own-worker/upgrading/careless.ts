/** The change without `patched`: loads that run when it is rolled out are stuck. */
import { executeChild, proxyActivities } from '@temporalio/workflow';
import { type LoadMonthInput, loadMonthId, type LoadReport } from 'fareflow/contract';
import { loadMonth } from 'fareflow/workflows';
import type * as activities from '../src/activities.ts';

const { announce, refreshViews } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export async function announcedLoad(input: LoadMonthInput): Promise<LoadReport> {
  const report = await executeChild(loadMonth, { workflowId: loadMonthId(input), args: [input] });
  await refreshViews(report);
  await announce(report);
  return report;
}
