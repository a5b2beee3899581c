/** Frames of a terminal as one animated SVG that needs no script and no font. */
import { COLUMNS, type Frame, type Run } from './screen.ts';

const CELL = 8.4;
const LINE = 19;
const MARGIN = 18;
/** How long the last frame stays before the first one comes again. */
const REST_MS = 6_000;
/** The sixteen colours, on a dark ground. */
const PALETTE = [
  '#484f58',
  '#ff7b72',
  '#3fb950',
  '#d29922',
  '#58a6ff',
  '#bc8cff',
  '#39c5cf',
  '#b1bac4',
  '#6e7681',
  '#ffa198',
  '#56d364',
  '#e3b341',
  '#79c0ff',
  '#d2a8ff',
  '#56d4dd',
  '#f0f6fc',
];

/** A row's content, and from which frame to which it is there. */
interface Stay {
  row: number;
  runs: Run[];
  /** The content as text, to compare. */
  key: string;
  from: number;
  to: number;
}

/** The picture. A row that stays as it is, is drawn once. */
export function drawFrames(frames: readonly Frame[]): string {
  const height = 2 * MARGIN + LINE * usedRows(frames);
  const width = Math.ceil(2 * MARGIN + CELL * COLUMNS);
  const whole = (frames.at(-1)?.at ?? 0) + REST_MS;
  const styles = new Map<string, string>();
  const groups = staysOf(frames).map(({ row, runs, from, to }) => {
    const attribute = from === 0 && to === frames.length ? '' : ` class="${styleOf(from, to)}"`;
    return `<g${attribute}>${runs.map((run) => textOf(run, row)).join('')}</g>`;
  });
  function styleOf(from: number, to: number): string {
    const name = `s${from}-${to}`;
    const percent = (index: number) => ((100 * (frames[index]?.at ?? whole)) / whole).toFixed(2);
    const steps = [
      `0%{visibility:${from === 0 ? 'visible' : 'hidden'}}`,
      ...(from === 0 ? [] : [`${percent(from)}%{visibility:visible}`]),
      ...(to === frames.length ? [] : [`${percent(to)}%{visibility:hidden}`]),
    ];
    styles.set(
      name,
      `@keyframes ${name}{${steps.join('')}}.${name}{visibility:hidden;animation:${name} ${whole / 1000}s step-end infinite}`,
    );
    return name;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ` font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#c9d1d9">`,
    `<style>${[...styles.values()].join('')}</style>`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    ...groups,
    '</svg>\n',
  ].join('');
}

function usedRows(frames: readonly Frame[]): number {
  const lastRows = frames.map(({ rows }) => rows.findLastIndex((runs) => runs.length > 0));
  return Math.max(...lastRows) + 1;
}

function staysOf(frames: readonly Frame[]): Stay[] {
  const stays: Stay[] = [];
  for (let row = 0; row < usedRows(frames); row++) {
    let open: Stay | undefined;
    frames.forEach(({ rows }, index) => {
      const runs = rows[row] ?? [];
      const key = JSON.stringify(runs);
      if (open?.key === key) open.to = index + 1;
      else stays.push((open = { row, runs, from: index, to: index + 1, key }));
    });
  }
  return stays.filter(({ runs }) => runs.length > 0);
}

function textOf({ column, text, color, bold, dim }: Run, row: number): string {
  const indent = text.length - text.trimStart().length;
  const shown = text.trim();
  const x = (MARGIN + CELL * (column + indent)).toFixed(1);
  const y = MARGIN + LINE * row + 14;
  const look = [
    color === undefined ? '' : ` fill="${PALETTE[color] ?? PALETTE[7]}"`,
    bold ? ' font-weight="700"' : '',
    dim ? ' opacity=".6"' : '',
  ].join('');
  const width = (CELL * shown.length).toFixed(1);
  return `<text x="${x}" y="${y}" textLength="${width}"${look} xml:space="preserve">${escape(shown)}</text>`;
}

function escape(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
