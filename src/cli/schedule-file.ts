/** Schedules that are written down in a file: YAML, or JSON, which YAML can read. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { type Dataset, datasetOf } from '../datasets/index.ts';
import { InputError } from '../inputs.ts';
import { planSchedule, type SchedulePlan } from '../operations/schedules.ts';
import { UsageError } from './context.ts';
import { readDatasetFile } from './dataset-file.ts';

/** A schedule of a file, checked. */
export interface FileSchedule {
  dataset: Dataset;
  plan: SchedulePlan;
}

type Path = (string | number)[];

/** Something that is wrong in the file, and where. */
class Flaw extends Error {
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

/** The schedules of a file. Throws one UsageError with a line for each that is not right. */
export async function readScheduleFile(file: string): Promise<FileSchedule[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`the file of schedules ${file} cannot be read: ${(error as Error).message}`);
  });
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { lineCounter: lines, prettyErrors: false });
  const name = basename(file);
  const broken = document.errors.map(
    ({ message, pos }) => `${name}:${lines.linePos(pos[0]).line}: ${message.replaceAll(/\s+/g, ' ')}`,
  );
  if (broken.length > 0) throw new UsageError(broken.join('\n'));
  const schedules: FileSchedule[] = [];
  const flaws: Flaw[] = [];
  const entries = entriesOf(document, flaws);
  for (const [i, entry] of entries.entries()) {
    try {
      const schedule = await checkEntry(entry, i, dirname(file));
      if (schedules.some(({ dataset }) => dataset.name === schedule.dataset.name)) {
        throw new Flaw(
          ['schedules', i, 'dataset'],
          `"${schedule.dataset.name}" has a schedule above already`,
        );
      }
      schedules.push(schedule);
    } catch (error) {
      if (!(error instanceof Flaw)) throw error;
      flaws.push(error);
    }
  }
  if (flaws.length === 0) return schedules;
  throw new UsageError(
    flaws.map((flaw) => `${name}:${lineOf(document, lines, flaw.path)}: ${described(flaw)}`).join('\n'),
  );
}

function entriesOf(document: Document, flaws: Flaw[]): unknown[] {
  const content: unknown = document.toJS();
  const { schedules, ...others } = (isMap(document.contents) ? content : {}) as Record<string, unknown>;
  for (const name of Object.keys(others)) flaws.push(new Flaw([name], 'is not an entry of this file'));
  if (Array.isArray(schedules)) return schedules;
  flaws.push(new Flaw(schedules === undefined ? [] : ['schedules'], 'the file holds a list "schedules"'));
  return [];
}

async function checkEntry(entry: unknown, i: number, directory: string): Promise<FileSchedule> {
  const at: Path = ['schedules', i];
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new Flaw(at, 'a schedule is a list of options such as "dataset: green"');
  }
  const { cron, paused, datasetFile, ...input } = entry as Record<string, unknown>;
  if (typeof cron !== 'string') throw new Flaw([...at, 'cron'], 'must be text such as "0 9 1 * *"');
  if (paused !== undefined && typeof paused !== 'boolean')
    throw new Flaw([...at, 'paused'], 'must be true or false');
  if (datasetFile !== undefined) input.definition = await definitionIn(datasetFile, directory, at);
  try {
    const plan = planSchedule({ cron, input: input as unknown as SchedulePlan['input'], paused });
    return { dataset: datasetOf(plan.input), plan };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // Its message begins with the option that it is about.
    const [, path = '', rest = error.message] =
      /^([\w.]+)(?:: | (?=is missing))(.*)$/s.exec(error.message) ?? [];
    throw new Flaw(path === '' ? at : [...at, ...path.split('.')], rest);
  }
}

async function definitionIn(file: unknown, directory: string, at: Path): Promise<object> {
  if (typeof file !== 'string') throw new Flaw([...at, 'datasetFile'], 'must name a file');
  try {
    return (await readDatasetFile(resolve(directory, file))).definition;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new Flaw([...at, 'datasetFile'], error.message);
  }
}

function described({ path, message }: Flaw): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

/** The line of an entry, or else of what it should be in. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    const start = isNode(node) ? node.range?.[0] : undefined;
    if (start !== undefined) return lines.linePos(start).line;
  }
  return 1;
}
