/** A data set's months as a table of coloured cells. */
import { calendarRows, isOver } from '../datasets/calendar.ts';
import { findDataset } from '../datasets/index.ts';
import { kindOfName, periodOf, WHOLE } from '../datasets/period.ts';
import type { GridMonth } from '../operations/month-grid.ts';
import { count } from './format.ts';
import { html, type Html } from './html.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What the states of a month are called. */
export const STATUS_WORDS: Record<GridMonth['status'], string> = {
  loaded: 'loaded',
  skipped: 'loaded, found unchanged since',
  running: 'running',
  waiting: 'waiting to be published',
  failed: 'failed',
  not_published: 'not published yet',
};

/** From the first month of which something is known to now. */
export function calendar(dataset: string, months: readonly [GridMonth, ...GridMonth[]], now: Date): Html {
  const byName = new Map(months.map((month) => [month.month, month]));
  const names = months.map(({ month }) => month).sort();
  const from = names[0] ?? WHOLE;
  const kind = kindOfName(from) ?? 'month';
  const last = names.at(-1) ?? from;
  const current = kind === 'whole' ? WHOLE : periodOf({ period: kind }, now);
  const firstMonth = findDataset(dataset)?.firstMonth ?? from;
  const rows = calendarRows(from, current > last ? current : last);
  const cell = (name: string | undefined) => {
    const month = name === undefined ? undefined : byName.get(name);
    if (month !== undefined) return drawCell(month);
    const missing = name !== undefined && isOver(name, now) && name >= firstMonth;
    return missing
      ? html`<td><span class="cell" title="${name}: missing"></span></td>`
      : html`<td><span class="cell absent"></span></td>`;
  };
  const head =
    kind === 'month'
      ? html`<thead>
          <tr>
            <td></td>
            ${MONTHS.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>`
      : undefined;
  return html`<div class="scroll">
    <table class="calendar${kind === 'month' || kind === 'whole' ? '' : ' dense'}">
      ${head}
      <tbody>
        ${rows.map(
          ({ label, periods }) =>
            html`<tr>
              <th scope="row">${label}</th>
              ${periods.map(cell)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function drawCell({ month, status, phase, percent, rows }: GridMonth): Html {
  const doing =
    status === 'running' ? ` (${phase ?? 'starting'}${percent === null ? '' : ` ${percent} %`})` : '';
  const size = rows === null ? '' : `, ${count(rows)} rows`;
  const inside = status === 'running' && percent !== null ? `${percent}%` : '';
  return html`<td>
    <span class="cell ${status}" title="${month}: ${STATUS_WORDS[status]}${doing}${size}">${inside}</span>
  </td>`;
}
