/** Loads a month and announces it. */
import { executeChild, proxyActivities } from '@temporalio/workflow';
import { type LoadMonthInput, loadMonthId, type LoadReport } from 'fareflow/contract';
import { loadMonth } from 'fareflow/workflows';
import type * as activities from '../src/activities.ts';

const { announce } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export async function announcedLoad(input: LoadMonthInput): Promise<LoadReport> {
  const report = await executeChild(loadMonth, { workflowId: loadMonthId(input), args: [input] });
  await announce(report);
  return report;
}
