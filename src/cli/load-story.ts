/** A month's load, told from end to end for people. */
import { findDataset } from '../datasets/index.ts';
import type { LedgerEntry } from '../database/ledger.ts';
import type { LoadStory } from '../operations/explain-load.ts';
import type { RunFacts, StepFacts } from '../operations/run-history.ts';
import { colors } from './colors.ts';
import { bytes, count, percent, seconds, withoutSubject } from './format.ts';
import { type Heading, renderTable } from './table.ts';

const LABEL_WIDTH = 11;
const MAX_EARLIER = 5;

/** A label and what belongs to it. */
type Fact = [label: string, value: string | null];

/** The story as text of `width` columns; long values such as URLs stand on a line of their own and may be longer. */
export function renderStory(story: LoadStory, width: number): string {
  const { dataset, month, loads, rejected, run, latestRun } = story;
  const [load, ...earlier] = loads;
  const parts = [`${colors.bold(`${dataset} ${month}`)}  ${headline(story)}`];
  if (latestRun !== null) parts.push(renderRun(latestRun, 'newest run', story, width));
  if (load !== undefined) {
    parts.push(facts(loadFacts(load)), renderCounts(load, width));
    if (rejected.length > 0) {
      const lines = rejected.map(
        ({ column, reason, rows, firstLine }) =>
          `  ${count(rows)} × ${column ?? 'the row'}: ${reason} (first in line ${firstLine})`,
      );
      parts.push(['rows set aside (fareflow.rejected_rows)', ...lines].join('\n'));
    }
    if (run !== null) parts.push(renderRun(run, 'run', story, width));
    else parts.push('Temporal has the run of this load no longer; the ledger keeps what is above.');
  }
  if (earlier.length > 0) parts.push(renderEarlier(earlier, width));
  return parts.join('\n\n');
}

function headline({ loads: [load], latestRun }: LoadStory): string {
  const now = latestRun === null ? undefined : `last run: ${outcomeOf(latestRun)}`;
  if (load === undefined) return now === undefined ? '' : `${colors.red('not in the table')}, ${now}`;
  const isIn = load.status === 'loaded';
  const state = isIn ? colors.green('loaded') : colors.yellow(`taken out again ${utc(load.finishedAt)} UTC`);
  return now === undefined ? state : `${state}, ${now}`;
}

/** What the load says of its end, which says more than Temporal's word. */
function outcomeOf({ status, loadStatus }: RunFacts): string {
  return status === 'completed' || status === 'running' ? (loadStatus ?? status) : status;
}

function loadFacts(load: LedgerEntry): Fact[] {
  const { phases, labels, checks, ignoredColumns, outsideMonths } = load;
  const labelWords = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [
    ['source', `${load.source}  ${load.sourceUrl}`],
    ['file', `${load.filename}, ${bytes(load.bytes)} (${count(load.bytes)} bytes)`],
    ['etag', load.etag],
    ['modified', load.lastModified],
    ['sha256', load.sha256],
    [
      'table',
      `${findDataset(load.dataset)?.table ?? load.dataset}, load_id ${load.loadId}, mode ${load.mode}`,
    ],
    ['time', `${utc(load.startedAt)} to ${utc(load.finishedAt)} UTC, ${seconds(load.durationMs)}`],
    [
      'phases',
      (['download', 'copy', 'hash', 'merge'] as const)
        .map((phase) => `${phase} ${seconds(phases[phase])}`)
        .join(' · '),
    ],
    ['worker', `${load.worker}, fareflow ${load.codeVersion}`],
    ['workflow', `${load.workflowId} in namespace ${load.namespace}, run ${load.runId}`],
    ['labels', labelWords.join(', ') || null],
    ...checks.map(({ name, share, atMost, outcome }): Fact => {
      const mark = outcome === 'passed' ? colors.green('✔') : colors.yellow('!');
      return ['check', `${mark} ${name}: ${percent(share)} of the rows, at most ${percent(atMost)}`];
    }),
    ['left out', ignoredColumns.length === 0 ? null : `columns ${ignoredColumns.join(', ')}`],
    ['outside', outsideMonths.length === 0 ? null : `rows of ${shortList(outsideMonths)}`],
  ];
}

function renderCounts(load: LedgerEntry, width: number): string {
  const titles = ['rows in file', 'new', 'changed', 'same', 'duplicates', 'bad', 'removed', 'outside'];
  const { rowsInFile, inserted, updated, unchanged, duplicates, rejected, removed, outsideMonth } = load;
  const counts = [rowsInFile, inserted, updated, unchanged, duplicates, rejected, removed, outsideMonth];
  return renderTable(
    titles.map((title) => ({ title })),
    [counts.map(count)],
    width,
  );
}

const STEP_HEADINGS: readonly Heading[] = [
  { title: 'step', align: 'left' },
  { title: 'ended', align: 'left' },
  { title: 'tries' },
  { title: 'waited' },
  { title: 'worked' },
  { title: 'worker', align: 'left' },
];

function renderRun(run: RunFacts, title: string, { dataset, month }: LoadStory, width: number): string {
  const subject = `${dataset} ${month}`;
  const starter = run.partOf === null ? run.triggeredBy : `${run.triggeredBy ?? ''}, part of ${run.partOf}`;
  const lines = [
    facts([
      [title, `${run.runId}: ${outcomeOf(run)}`],
      ['started', `${utc(run.startedAt)} UTC${starter === null ? '' : ` by ${starter}`}`],
      ['ended', run.endedAt === null ? null : `${utc(run.endedAt)} UTC`],
      ['error', run.error === null ? null : colors.red(withoutSubject(run.error, subject))],
    ]),
  ];
  if (run.steps.length > 0) lines.push(renderTable(STEP_HEADINGS, run.steps.map(stepCells), width));
  for (const { step, attempts, retryReason } of run.steps) {
    if (attempts === 1) continue;
    const why = withoutSubject(retryReason ?? 'its reason is not known', subject);
    lines.push(`${step}, attempt ${attempts} after: ${colors.yellow(why)}`);
  }
  return lines.join('\n');
}

function stepCells({
  step,
  outcome,
  attempts,
  worker,
  scheduledAt,
  startedAt,
  endedAt,
}: StepFacts): string[] {
  const between = (from: string | null, to: string | null) =>
    from === null || to === null ? '' : seconds(Math.max(0, Date.parse(to) - Date.parse(from)));
  return [
    step,
    outcome === 'failed' || outcome === 'timed_out' ? colors.red(outcome) : outcome,
    String(attempts),
    between(scheduledAt, startedAt),
    between(startedAt, endedAt),
    (worker ?? '').replace(/^fareflow@/, ''),
  ];
}

function renderEarlier(loads: readonly LedgerEntry[], width: number): string {
  const headings: Heading[] = [
    { title: 'earlier' },
    { title: 'mode', align: 'left' },
    { title: 'from', align: 'left' },
    ...['rows', 'new', 'changed', 'same'].map((title) => ({ title })),
    { title: 'finished (UTC)', align: 'left' },
  ];
  const rows = loads
    .slice(0, MAX_EARLIER)
    .map((load) => [
      String(load.loadId),
      load.mode,
      load.source,
      ...[load.rowsInFile, load.inserted, load.updated, load.unchanged].map(count),
      utc(load.finishedAt),
    ]);
  const more = loads.length - MAX_EARLIER;
  const note = more > 0 ? [`and ${more} more: fareflow loads ${loads[0]?.dataset} ${loads[0]?.month}`] : [];
  return [renderTable(headings, rows, width), ...note].join('\n');
}

function facts(list: readonly Fact[]): string {
  return list
    .filter((fact): fact is [string, string] => fact[1] !== null)
    .map(([label, value]) => `${colors.dim(label.padEnd(LABEL_WIDTH))}${value}`)
    .join('\n');
}

function shortList(names: readonly string[]): string {
  return names.length <= 6
    ? names.join(', ')
    : `${names.slice(0, 6).join(', ')} and ${names.length - 6} more`;
}

function utc(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
