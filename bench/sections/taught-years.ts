/** The pipeline that fareflow replaces, month after month into one table; and the first months of its improvements. */
import type { BenchFiles } from '../files.ts';
import type { BenchStack } from '../stack.ts';
import {
  dropTarget,
  improvements,
  type Pipeline,
  type PipelineRun,
  prepareTarget,
  runPipeline,
  taught,
} from '../taught.ts';

export interface TaughtYear {
  pipeline: Pipeline;
  months: PipelineRun[];
}

/** Every month as it is taught; with each improvement, so many months. */
export async function taughtYears(
  stack: BenchStack,
  files: BenchFiles,
  improvedMonths: number,
): Promise<TaughtYear[]> {
  const years: TaughtYear[] = [];
  for (const pipeline of [taught, ...improvements]) {
    await prepareTarget(stack.databaseUrl, pipeline);
    const months: PipelineRun[] = [];
    for (const { csv } of files.months.slice(0, pipeline === taught ? undefined : improvedMonths)) {
      months.push(await runPipeline(stack.databaseUrl, pipeline, csv));
      process.stderr.write(`${pipeline.name}: ${months.at(-1)?.totalMs ?? ''} ms\n`);
    }
    years.push({ pipeline, months });
  }
  await dropTarget(stack.databaseUrl);
  return years;
}
