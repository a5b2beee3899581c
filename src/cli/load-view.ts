/** A load as one watches it: a picture that renews itself on a terminal, a line for each event elsewhere. */
import { createLogUpdate } from 'log-update';
import { noteColors as colors } from './colors.ts';
import type { PublicationStatus } from '../contract.ts';
import type { MonthProgress, RunningStep } from '../operations/load-progress.ts';
import { bar, bytes, count, cut, minute, seconds, STATUS_WORDS, withoutSubject } from './format.ts';

/** Shows a load's progress as often as it is told of it. */
export interface LoadView {
  show(months: readonly MonthProgress[] | undefined): void;
  /** Takes the picture away, to make room for the result. */
  close(): void;
}

/** More months than this are not shown one by one. */
const MAX_LINES = 12;
const MAX_BAR_WIDTH = 20;
/** What a running month's line holds besides its bar. */
const LINE_WITHOUT_BAR = 60;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

const STEP_NAMES: Record<string, string> = {
  download: 'download',
  copyToStaging: 'copy',
  hashStaging: 'hash',
  mergeStaging: 'merge',
  dropStaging: 'clean up',
};
const NO_WORKER = 'no worker answers; start `fareflow worker` or `fareflow dev`';

/** The view that fits where its output goes. */
export function createLoadView(dataset: string, stream: NodeJS.WriteStream = process.stderr): LoadView {
  return stream.isTTY ? liveView(dataset, stream) : plainView(dataset, stream);
}

function liveView(dataset: string, stream: NodeJS.WriteStream): LoadView {
  const update = createLogUpdate(stream);
  const begun = Date.now();
  let frame = 0;
  return {
    show(months) {
      const spinner = colors.cyan(FRAMES[frame++ % FRAMES.length]);
      const width = stream.columns || 80;
      const title = `${colors.bold(dataset)}  ${summary(months)}  ${colors.dim(seconds(Date.now() - begun))}`;
      const shown = lines(dataset, months ?? [], spinner, width - 2);
      update([title, ...shown.map((line) => `  ${line}`)].join('\n'));
    },
    close() {
      update.clear();
      update.done();
    },
  };
}

function summary(months: readonly MonthProgress[] | undefined): string {
  if (months === undefined) return NO_WORKER;
  const words = (['done', 'failed', 'running', 'waiting'] as const).map((state) => {
    const number = months.filter((month) => month.state === state).length;
    return number === 0 ? undefined : `${number} ${state}`;
  });
  return words.filter((word) => word !== undefined).join(' · ');
}

/** Running and failed months always, of the others as many as there is room for. */
function lines(dataset: string, months: readonly MonthProgress[], spinner: string, width: number): string[] {
  const busy = months.filter(({ state }) => state === 'running' || state === 'failed');
  const room = Math.max(0, MAX_LINES - busy.length);
  const done = room === 0 ? [] : months.filter(({ state }) => state === 'done').slice(-room);
  const shown = new Set([...busy, ...done]);
  return months
    .filter((month) => shown.has(month))
    .flatMap((month) => linesOf(month, `${dataset} ${month.month}`, spinner, width));
}

function linesOf(progress: MonthProgress, subject: string, spinner: string, width: number): string[] {
  const { month } = progress;
  switch (progress.state) {
    case 'waiting':
      return [`  ${month}  waiting`];
    case 'done': {
      const time = colors.dim(seconds(progress.durationMs));
      const what = STATUS_WORDS[progress.status].padEnd(8);
      return [`${colors.green('✔')} ${month}  ${what} ${count(progress.rows).padStart(12)} rows  ${time}`];
    }
    case 'failed': {
      const reason = withoutSubject(progress.error, subject);
      return [`${colors.red('✖')} ${month}  ${cut(reason, width - 11)}`];
    }
    case 'running': {
      const head = `${spinner} ${month}  ${activity(progress, width)}`.trimEnd();
      const trouble = troubleOf(progress, subject);
      return trouble === undefined ? [head] : [head, `    ${colors.yellow(cut(trouble, width - 4))}`];
    }
  }
}

function activity(progress: RunningStep, width: number): string {
  if (progress.publication !== undefined) return cut(waitOf(progress.publication), width - 11);
  const { step, waiting, bytes: read, totalBytes, rows, attempt } = progress;
  if (step === undefined) return '';
  const name = (STEP_NAMES[step] ?? step).padEnd(8);
  if (waiting && attempt === 1) return `${name}  waits for a worker`;
  // A worker copies few files at a time, and says so while nothing moves.
  if (read === 0 && totalBytes === undefined) return `${name}  waits for its turn`;
  const share = read !== undefined && totalBytes ? read / totalBytes : undefined;
  const barWidth = Math.min(MAX_BAR_WIDTH, Math.max(0, width - LINE_WITHOUT_BAR));
  const parts = [
    name,
    share === undefined ? '' : bar(share, barWidth),
    share === undefined ? '' : `${String(Math.floor(share * 100)).padStart(3)} %`,
    read ? bytes(read) : '',
    rows ? `${count(rows)} rows` : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** What a load that waits for its month says. */
function waitOf({ lastAnswer, nextLookAt }: PublicationStatus): string {
  return `not published yet (${lastAnswer}); looks again at ${minute(nextLookAt)}`;
}

/** Why a step is tried again, if it is. */
function troubleOf(
  { attempt, lastFailure, nextAttemptAt }: RunningStep,
  subject: string,
): string | undefined {
  if (attempt === 1) return undefined;
  const inSeconds = nextAttemptAt === undefined ? 0 : Math.ceil((nextAttemptAt - Date.now()) / 1000);
  const when = inSeconds > 0 ? ` in ${inSeconds} s` : '';
  return `attempt ${attempt}${when}: ${withoutSubject(lastFailure ?? 'its worker was lost', subject)}`;
}

function plainView(dataset: string, stream: NodeJS.WriteStream): LoadView {
  const told = new Map<string, string>();
  const tell = (key: string, text: string) => {
    if (told.get(key) === text) return;
    told.set(key, text);
    stream.write(`${text}\n`);
  };
  return {
    show(months) {
      if (months === undefined) tell('', `${dataset}: ${NO_WORKER}`);
      for (const month of months ?? []) {
        const subject = `${dataset} ${month.month}`;
        const event = plainEvent(month, subject);
        if (event !== undefined) tell(month.month, `${subject}: ${event}`);
      }
    },
    close: () => undefined,
  };
}

function plainEvent(progress: MonthProgress, subject: string): string | undefined {
  switch (progress.state) {
    case 'waiting':
      return undefined;
    case 'running': {
      if (progress.publication !== undefined) return waitOf(progress.publication);
      if (progress.step === undefined) return undefined;
      const step = STEP_NAMES[progress.step] ?? progress.step;
      if (progress.waiting && progress.attempt === 1) return `${step}, waits for a worker`;
      const trouble = troubleOf({ ...progress, nextAttemptAt: undefined }, subject);
      return trouble === undefined ? step : `${step}, ${trouble}`;
    }
    case 'done':
      return `${progress.status}, ${count(progress.rows)} rows in ${seconds(progress.durationMs)}`;
    case 'failed':
      return `failed: ${withoutSubject(progress.error, subject)}`;
  }
}
