/** Loads a month, brings the views up to date and announces it. */
import { executeChild, patched, proxyActivities } from '@temporalio/workflow';
import { type LoadMonthInput, loadMonthId, type LoadReport } from 'fareflow/contract';
import { loadMonth } from 'fareflow/workflows';
import type * as activities from './activities.ts';

const { announce, refreshViews } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export async function announcedLoad(input: LoadMonthInput): Promise<LoadReport> {
  const report = await executeChild(loadMonth, { workflowId: loadMonthId(input), args: [input] });
  if (patched('views-before-the-announcement')) await refreshViews(report);
  await announce(report);
  return report;
}
