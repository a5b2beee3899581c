/** Plots as SVG text, readable on light and dark pages alike. */

/** A bar: what it is, how long, and what is written behind it. */
export interface Bar {
  label: string;
  value: number;
  note: string;
  /** Bars of one group have one colour. */
  group: 'limit' | 'fareflow' | 'other';
}

/** A line over equally spaced places. */
export interface Line {
  label: string;
  values: readonly number[];
  group: Bar['group'];
}

const COLOURS: Record<Bar['group'], string> = { limit: '#8b949e', fareflow: '#2f81f7', other: '#d29922' };
const TEXT = '#768390';
const WIDTH = 760;

/** Horizontal bars, one below the other, all from zero. */
export function barPlot(title: string, bars: readonly Bar[]): string {
  const [top, step, left, right] = [44, 26, 300, 120];
  const most = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ label, value, note, group }, i) => {
    const y = top + i * step;
    const width = Math.max(1, (value / most) * (WIDTH - left - right));
    return [
      text(left - 8, y + 13, label, 'end'),
      `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="18" rx="2" fill="${COLOURS[group]}"/>`,
      text(left + width + 6, y + 13, note),
    ].join('\n');
  });
  return picture(title, top + bars.length * step + 8, rows);
}

/** Lines over the places 1, 2, …, from zero upwards. */
export function linePlot(title: string, unit: string, lines: readonly Line[]): string {
  const [top, height, left, right] = [48, 240, 48, 230];
  const most = Math.max(...lines.flatMap(({ values }) => values)) * 1.05;
  const places = Math.max(...lines.map(({ values }) => values.length));
  const x = (i: number) => left + (i * (WIDTH - left - right)) / Math.max(1, places - 1);
  const y = (value: number) => top + height - (value / most) * height;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(most * share).toFixed(1);
    return `<path d="M${left} ${at}H${WIDTH - right}" stroke="${TEXT}" stroke-opacity="0.25"/>\n${text(left - 6, Number(at) + 4, rounded(most * share), 'end')}`;
  });
  const ends = spread(lines.map(({ values }) => y(values.at(-1) ?? 0)));
  const drawn = lines.map(({ label, values, group }, n) => {
    const path = values
      .map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`)
      .join('');
    const end = x(values.length - 1);
    return `<path d="${path}" fill="none" stroke="${COLOURS[group]}" stroke-width="2"/>\n${text(end + 8, (ends[n] ?? 0) + 4, label)}`;
  });
  const below = text((left + WIDTH - right) / 2, top + height + 22, unit, 'middle');
  return picture(title, top + height + 34, [...ticks, ...drawn, below]);
}

/** Moves labels apart that would stand on each other. */
function spread(heights: readonly number[]): number[] {
  const order = heights.map((height, n) => ({ height, n })).sort((a, b) => a.height - b.height);
  const placed: number[] = [];
  let last = -Infinity;
  for (const { height, n } of order) {
    last = Math.max(height, last + 15);
    placed[n] = last;
  }
  return placed;
}

function picture(title: string, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="13">
<text x="8" y="24" fill="${TEXT}" font-size="15" font-weight="600">${escaped(title)}</text>
${parts.join('\n')}
</svg>
`;
}

function text(x: number, y: number, content: string, anchor = 'start'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${TEXT}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function rounded(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}
