import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLoadView } from '../../src/cli/load-view.ts';
import type { MonthProgress, RunningStep } from '../../src/operations/load-progress.ts';

/** A stream that keeps what it is given, and is a terminal of `columns` if that is set. */
function fakeStream(columns?: number): {
  stream: NodeJS.WriteStream;
  text: () => string;
  frame: () => string[];
} {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  Object.assign(stream, columns === undefined ? {} : { isTTY: true, columns, rows: 24 });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    text: () => text,
    frame: () => stripVTControlCharacters(text).trimEnd().split('\n'),
  };
}

const step = (fields: Partial<RunningStep> = {}): RunningStep => ({
  step: 'copyToStaging',
  waiting: false,
  bytes: 4_000_000_000,
  totalBytes: 8_000_000_000,
  rows: 12_741_035,
  attempt: 1,
  lastFailure: undefined,
  nextAttemptAt: undefined,
  publication: undefined,
  ...fields,
});

const running = (month: string, fields: Partial<RunningStep> = {}): MonthProgress => ({
  month,
  state: 'running',
  ...step(fields),
});

const LONG = 'SourceGone: yellow 2021-05: there is no file at https://mirror.example/'.padEnd(300, 'x');

const BUSY: readonly MonthProgress[] = [
  { month: '2021-01', state: 'done', status: 'loaded', rows: 12_741_035, durationMs: 61_234 },
  { month: '2021-02', state: 'done', status: 'not_published', rows: 0, durationMs: 12 },
  running('2021-03'),
  running('2021-04', {
    step: 'download',
    attempt: 3,
    nextAttemptAt: Date.now() + 3_500,
    lastFailure: 'yellow 2021-04: https://mirror.example/x answered with HTTP status 503'.padEnd(200, '.'),
  }),
  { month: '2021-05', state: 'failed', error: LONG },
  { month: '2021-06', state: 'waiting' },
];

describe('the picture on a terminal', () => {
  it.each([80, 60, 120])('fits %i columns', (columns) => {
    const { stream, frame } = fakeStream(columns);
    createLoadView('yellow', stream).show(BUSY);
    expect(frame().filter((line) => line.length > columns)).toEqual([]);
    // No line was wrapped: the title, five months, and the reason of the one that is tried again.
    expect(frame()).toHaveLength(7);
  });

  it('shows what each month is doing, why it is tried again and when, and leaves out those that wait', () => {
    const { stream, frame } = fakeStream(80);
    createLoadView('yellow', stream).show(BUSY);
    const [title, ...lines] = frame();
    expect(title).toMatch(/^yellow {2}2 done · 1 failed · 2 running · 1 waiting {2}0\.\d s$/);
    expect(lines[0]).toMatch(/^ {2}✔ 2021-01 {2}loaded +12,741,035 rows {2}61\.2 s$/);
    expect(lines[1]).toMatch(/^ {2}✔ 2021-02 {2}not yet/);
    expect(lines[2]).toMatch(/^ {2}\S 2021-03 {2}copy +━+ {3}50 % {2}4\.0 GB {2}12,741,035 rows$/);
    expect(lines[3]).toMatch(/^ {2}\S 2021-04 {2}download/);
    expect(lines[4]).toMatch(/^ {6}attempt 3 in 4 s: https:\/\/mirror\.example\/x answered .*…$/);
    expect(lines[5]).toMatch(/^ {2}✖ 2021-05 {2}SourceGone: there is no file/);
  });

  it('says what a load waits for', () => {
    const { stream, frame } = fakeStream(80);
    const view = createLoadView('yellow', stream);
    view.show(undefined);
    expect(frame()).toEqual([
      expect.stringMatching(/no worker answers; start `fareflow worker` or `fareflow dev`/),
    ]);
    expect(frame()[0]?.length).toBeLessThanOrEqual(80);
    view.show([running('2021-01', { waiting: true, bytes: undefined, rows: undefined })]);
    expect(frame().at(-1)).toMatch(/2021-01 {2}copy +waits for a worker$/);
    view.show([running('2021-01', { bytes: 0, totalBytes: undefined, rows: undefined })]);
    expect(frame().at(-1)).toMatch(/2021-01 {2}copy +waits for its turn$/);
  });

  it('keeps to a screen, whatever the number of months', () => {
    const { stream, frame } = fakeStream(80);
    const months = Array.from({ length: 120 }, (_, i): MonthProgress => ({
      month: `20${10 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}`,
      state: 'done',
      status: 'loaded',
      rows: 1,
      durationMs: 1,
    }));
    createLoadView('yellow', stream).show([...months, running('2021-01')]);
    expect(frame()).toHaveLength(13);
    expect(frame().at(-1)).toMatch(/2021-01 {2}copy/);
  });
});

describe('lines in a pipe', () => {
  it('tell every event once, plainly', () => {
    const { stream, text } = fakeStream();
    const view = createLoadView('green', stream);
    const retried = { attempt: 2, lastFailure: 'green 2021-02: the source is in trouble' };
    for (let i = 0; i < 3; i++) {
      view.show([
        { month: '2021-01', state: 'waiting' },
        running('2021-02', { step: 'download', ...retried, nextAttemptAt: Date.now() + i * 1_000 }),
        { month: '2021-03', state: 'done', status: 'loaded', rows: 1_234, durationMs: 2_000 },
        { month: '2021-04', state: 'failed', error: 'BadRow: green 2021-04: line 3' },
        running('2021-05', { step: undefined }),
      ]);
    }
    view.close();
    expect(text().trimEnd().split('\n')).toEqual([
      'green 2021-02: download, attempt 2: the source is in trouble',
      'green 2021-03: loaded, 1,234 rows in 2.0 s',
      'green 2021-04: failed: BadRow: line 3',
    ]);
  });
});
