/** A load as one watches it: a picture that renews itself on a terminal, a line for each event elsewhere. */
import { createLogUpdate } from 'log-update';
import colors from 'picocolors';
import type { MonthProgress } from '../operations/load-progress.ts';
import { note } from './context.ts';
import { bar, bytes, count, cut, seconds } from './format.ts';

/** Shows a load's progress as often as it is told of it. */
export interface LoadView {
  show(months: readonly MonthProgress[] | undefined): void;
  /** Takes the picture away, to make room for the result. */
  close(): void;
}

/** More months than this are not shown one by one. */
const MAX_LINES = 12;
const BAR_WIDTH = 20;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

const STEP_NAMES: Record<string, string> = {
  download: 'download',
  copyToStaging: 'copy',
  hashStaging: 'hash',
  mergeStaging: 'merge',
  dropStaging: 'clean up',
};
const NO_WORKER = 'no worker answers yet; start one with `fareflow worker` (or `fareflow dev`)';

/** The view that fits where stderr goes. */
export function createLoadView(dataset: string): LoadView {
  return process.stderr.isTTY ? liveView(dataset) : plainView(dataset);
}

function liveView(dataset: string): LoadView {
  const update = createLogUpdate(process.stderr);
  const begun = Date.now();
  let frame = 0;
  return {
    show(months) {
      const spinner = colors.cyan(FRAMES[frame++ % FRAMES.length]);
      const width = process.stderr.columns || 80;
      const title = `${colors.bold(dataset)}  ${summary(months)}  ${colors.dim(seconds(Date.now() - begun))}`;
      update([title, ...lines(months ?? [], spinner, width)].join('\n'));
    },
    close: () => update.clear(),
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
function lines(months: readonly MonthProgress[], spinner: string, width: number): string[] {
  const busy = months.filter(({ state }) => state === 'running' || state === 'failed');
  const done = months
    .filter(({ state }) => state === 'done')
    .slice(-Math.max(0, MAX_LINES - busy.length) || months.length);
  const shown = new Set([...busy, ...(busy.length >= MAX_LINES ? [] : done)]);
  return months.filter((month) => shown.has(month)).map((month) => `  ${line(month, spinner, width - 4)}`);
}

function line(progress: MonthProgress, spinner: string, width: number): string {
  switch (progress.state) {
    case 'waiting':
      return `  ${progress.month}  waiting`;
    case 'done':
      return `${colors.green('✔')} ${progress.month}  ${progress.status.padEnd(10)} ${count(progress.rows).padStart(12)} rows  ${colors.dim(seconds(progress.durationMs))}`;
    case 'failed':
      return `${colors.red('✖')} ${progress.month}  ${cut(progress.error, width - 12)}`;
    case 'running': {
      const { step, bytes: read, totalBytes, rows, attempt, lastFailure } = progress;
      const share = read !== undefined && totalBytes ? read / totalBytes : undefined;
      const parts = [
        (STEP_NAMES[step ?? ''] ?? '').padEnd(9),
        share === undefined
          ? undefined
          : `${bar(share, BAR_WIDTH)} ${String(Math.floor(share * 100)).padStart(3)} %`,
        read ? bytes(read) : undefined,
        rows ? `${count(rows)} rows` : undefined,
      ];
      const head = `${spinner} ${progress.month}  ${parts.filter((part) => part !== undefined).join('  ')}`;
      return attempt > 1 && lastFailure !== undefined
        ? `${head}\n      ${colors.yellow(cut(`attempt ${attempt}: ${lastFailure}`, width - 6))}`
        : head;
    }
  }
}

function plainView(dataset: string): LoadView {
  const told = new Map<string, string>();
  const tell = (key: string, text: string) => {
    if (told.get(key) === text) return;
    told.set(key, text);
    note(text);
  };
  return {
    show(months) {
      if (months === undefined) tell('', `${dataset}: ${NO_WORKER}`);
      for (const month of months ?? []) {
        const event = plainEvent(month);
        if (event !== undefined) tell(month.month, `${dataset} ${month.month}: ${event}`);
      }
    },
    close: () => undefined,
  };
}

function plainEvent(progress: MonthProgress): string | undefined {
  switch (progress.state) {
    case 'waiting':
      return undefined;
    case 'running': {
      if (progress.step === undefined) return undefined;
      const step = STEP_NAMES[progress.step] ?? progress.step;
      const { attempt, lastFailure } = progress;
      return attempt > 1 ? `${step}, attempt ${attempt}: ${lastFailure ?? 'the worker was lost'}` : step;
    }
    case 'done':
      return `${progress.status}, ${count(progress.rows)} rows in ${seconds(progress.durationMs)}`;
    case 'failed':
      return `failed: ${progress.error}`;
  }
}
