/** All loads at one moment as one page that needs nothing else: no script, no font, no network. */
import { findDataset } from '../datasets/index.ts';
import { kindOfName, periodsBetween } from '../datasets/period.ts';
import type { LedgerEntry } from '../database/ledger.ts';
import type { GridMonth } from '../operations/month-grid.ts';
import type { FailedLoad, Overview } from '../operations/overview.ts';
import { calendar, STATUS_WORDS } from './calendar.ts';
import { count, minute, short } from './format.ts';
import { html, Html } from './html.ts';
import { type Bar, plot } from './plot.ts';
import { style } from './style.ts';

const PHASES = ['download', 'copy', 'hash', 'merge'] as const;
/** More bars than this are too thin to be seen. */
const MAX_BARS = 400;

/** The page. */
export function renderPage(overview: Overview): string {
  const { months, loads, madeAt, version } = overview;
  const datasets = [...new Set(months.map(({ dataset }) => dataset))];
  const sections = datasets.map((dataset) =>
    section(
      dataset,
      months.filter((month) => month.dataset === dataset),
      loads.filter((load) => load.dataset === dataset),
      madeAt,
    ),
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>fareflow: loads at ${minute(madeAt.toISOString())} UTC</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>Loads</h1>
          <p class="faint">as of ${minute(madeAt.toISOString())} UTC · fareflow ${version}</p>
          ${tiles(overview)} ${legend(months)}
        </header>
        <main>
          ${sections.length === 0 ? html`<p>No month is loaded yet.</p>` : sections}
          ${failures(overview.failures)} ${recent(overview.recent)}
        </main>
      </body>
    </html> `.text;
}

function tiles({ months, loads }: Overview): Html {
  const number = (...states: GridMonth['status'][]) =>
    count(months.filter(({ status }) => states.includes(status)).length);
  const rows = loads.reduce((sum, { rowsInFile }) => sum + rowsInFile, 0);
  const list: [string, string][] = [
    ['rows', short(rows)],
    ['months in', count(months.filter(({ rows }) => rows !== null).length)],
    ['running', number('running')],
    ['waiting', number('waiting')],
    ['failed', number('failed')],
  ];
  return html`<div class="tiles">
    ${list.map(([word, value]) => html`<div class="tile"><b>${value}</b><span class="faint">${word}</span></div>`)}
  </div>`;
}

function legend(months: readonly GridMonth[]): Html {
  const used = (Object.keys(STATUS_WORDS) as GridMonth['status'][]).filter((status) =>
    months.some((month) => month.status === status),
  );
  return html`<p class="legend">
    ${used.map((status) => html`<span><i class="${status}"></i>${STATUS_WORDS[status]}</span>`)}<span
      ><i></i>missing</span
    >
  </p>`;
}

function section(
  dataset: string,
  months: readonly GridMonth[],
  loads: readonly LedgerEntry[],
  now: Date,
): Html {
  const [first, ...others] = months;
  if (first === undefined) return html``;
  const rows = loads.reduce((sum, { rowsInFile }) => sum + rowsInFile, 0);
  const kind = kindOfName(first.month) ?? 'month';
  const plots = loads.length < 2 ? undefined : plotsOf(dataset, kind, loads);
  const title = findDataset(dataset)?.title;
  return html`<section>
    <h2>${dataset}</h2>
    <p class="faint">
      ${title === undefined ? '' : `${title} · `}${count(rows)}
      rows${kind === 'whole' ? '' : ` in ${loads.length} ${kind}s`}
    </p>
    ${calendar(dataset, [first, ...others], now)} ${plots}
  </section> `;
}

function plotsOf(
  dataset: string,
  kind: 'month' | 'week' | 'day' | 'whole',
  loads: readonly LedgerEntry[],
): Html {
  const byName = new Map(loads.map((load) => [load.month, load]));
  const names = [...byName.keys()].sort();
  const all = periodsBetween({ period: kind }, names[0] ?? '', names.at(-1) ?? '').slice(-MAX_BARS);
  const bars = (parts: (load: LedgerEntry) => Bar['parts'], words: (load: LedgerEntry) => string): Bar[] =>
    all.map((name) => {
      const load = byName.get(name);
      return load === undefined
        ? { name, title: `${name}: missing`, parts: [] }
        : { name, title: `${name}: ${words(load)}`, parts: parts(load) };
    });
  const rows = bars(
    ({ rowsInFile }) => [{ kind: 'rows', value: rowsInFile }],
    ({ rowsInFile }) => `${count(rowsInFile)} rows`,
  );
  const seconds = bars(
    ({ phases }) => PHASES.map((phase) => ({ kind: phase, value: phases[phase] / 1000 })),
    ({ phases }) => PHASES.map((phase) => `${phase} ${(phases[phase] / 1000).toFixed(1)} s`).join(', '),
  );
  return html`<h3>Rows per ${kind}</h3>
    ${plot(`${dataset}: rows per ${kind}`, rows, short)}
    <h3>Seconds per ${kind}</h3>
    <p class="legend">${PHASES.map((phase) => html`<span><i class="key-${phase}"></i>${phase}</span>`)}</p>
    ${plot(`${dataset}: seconds per ${kind}`, seconds, short)}`;
}

function failures(list: readonly FailedLoad[]): Html {
  if (list.length === 0) return html``;
  return html`<section>
    <h2>Last failures</h2>
    <div class="scroll">
      <table class="list">
        <thead>
          <tr>
            <th>month</th>
            <th>failed (UTC)</th>
            <th>why</th>
          </tr>
        </thead>
        <tbody>
          ${list.map(
            ({ dataset, month, failedAt, error }) =>
              html`<tr>
                <td>${dataset} ${month}</td>
                <td>${minute(failedAt)}</td>
                <td class="error">${error}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function recent(loads: readonly LedgerEntry[]): Html {
  if (loads.length === 0) return html``;
  return html`<section>
    <h2>Last loads</h2>
    <div class="scroll">
      <table class="list">
        <thead>
          <tr>
            <th>month</th>
            <th>finished (UTC)</th>
            <th>file</th>
            <th class="number">rows</th>
            <th class="number">new</th>
            <th class="number">changed</th>
            <th class="number">seconds</th>
          </tr>
        </thead>
        <tbody>
          ${loads.map(
            ({ dataset, month, status, finishedAt, filename, rowsInFile, inserted, updated, durationMs }) =>
              html`<tr>
                <td>${dataset} ${month}</td>
                <td>${minute(finishedAt)}</td>
                <td>${status === 'reset' ? 'taken out again' : filename}</td>
                <td class="number">${count(rowsInFile)}</td>
                <td class="number">${count(inserted)}</td>
                <td class="number">${count(updated)}</td>
                <td class="number">${(durationMs / 1000).toFixed(1)}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
