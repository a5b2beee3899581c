/** Bars over time as SVG. */
import { html, type Html } from './html.ts';

/** One bar: its name on the axis, what is said of it, and its parts from the bottom up. */
export interface Bar {
  name: string;
  title: string;
  parts: readonly { kind: string; value: number }[];
}

const WIDTH = 900;
const HEIGHT = 190;
const LEFT = 56;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 22;
const TICKS = 4;
/** Names on the axis stand at least so far from each other. */
const NAME_WIDTH = 56;
const MAX_BAR_WIDTH = 40;

/** A plot of bars side by side; `format` writes the values on its axis. */
export function plot(label: string, bars: readonly Bar[], format: (value: number) => string): Html {
  const sums = bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
  const step = niceStep(Math.max(...sums, 0) / TICKS);
  const top = Math.max(step, Math.ceil(Math.max(...sums, 0) / step) * step);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const slot = (WIDTH - LEFT - RIGHT) / Math.max(1, bars.length);
  const width = Math.min(MAX_BAR_WIDTH, slot * 0.8);
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  return html`<div class="scroll">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
      ${ticks.map((value) => html`<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(value))}" y2="${px(y(value))}" /><text x="${LEFT - 6}" y="${px(y(value) + 4)}" text-anchor="end">${format(value)}</text>`)}
      ${bars.map((bar, i) => drawBar(bar, LEFT + (i + 0.5) * slot - width / 2, width, y))}
      ${namesOf(bars, slot)}
    </svg>
  </div>`;
}

function drawBar({ title, parts }: Bar, x: number, width: number, y: (value: number) => number): Html {
  let below = 0;
  const rectangles = parts.flatMap(({ kind, value }) => {
    const [bottom, top] = [y(below), y(below + value)];
    below += value;
    return value === 0
      ? []
      : [
          html`<rect
            class="${kind}"
            x="${px(x)}"
            y="${px(top)}"
            width="${px(width)}"
            height="${px(bottom - top)}"
          />`,
        ];
  });
  return html`<g><title>${title}</title>${rectangles}</g>`;
}

/** As many names as there is room for, those at which a year begins before others. */
function namesOf(bars: readonly Bar[], slot: number): Html[] {
  const isJanuary = ({ name }: Bar) => /^\d{4}-(01|W01)$/.test(name);
  const marked =
    bars.some((bar, i) => i > 0 && isJanuary(bar)) && bars.length * slot > NAME_WIDTH && slot < NAME_WIDTH;
  let free = Number.NEGATIVE_INFINITY;
  return bars.flatMap((bar, i) => {
    const x = LEFT + (i + 0.5) * slot;
    if ((marked && !isJanuary(bar)) || x < free) return [];
    free = x + NAME_WIDTH;
    return [
      html`<text x="${px(x)}" y="${HEIGHT - 6}" text-anchor="middle"
        >${marked ? bar.name.slice(0, 4) : bar.name}</text
      >`,
    ];
  });
}

/** The least of 1, 2, 5, 10, 20… that is as great as a value. */
function niceStep(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((factor) => factor * power >= value) ?? 10) * power;
}

const px = (value: number) => String(Math.round(value * 10) / 10);
