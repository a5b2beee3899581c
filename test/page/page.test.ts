import { describe, expect, it } from 'vitest';
import { noRows } from '../../src/contract.ts';
import type { LedgerEntry } from '../../src/database/ledger.ts';
import type { GridMonth } from '../../src/operations/month-grid.ts';
import type { Overview } from '../../src/operations/overview.ts';
import { html } from '../../src/page/html.ts';
import { renderPage } from '../../src/page/page.ts';
import { plot } from '../../src/page/plot.ts';

const EVIL = `<script>alert("1")</script>'&`;

function gridMonth(month: string, differing: Partial<GridMonth> = {}): GridMonth {
  return {
    dataset: 'green',
    month,
    status: 'loaded',
    phase: null,
    percent: null,
    attempt: null,
    lastFailure: null,
    publication: null,
    rows: 1_234_567,
    finishedAt: '2026-01-02T03:04:05.000Z',
    ...differing,
  };
}

function load(month: string, differing: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    dataset: 'green',
    month,
    status: 'loaded',
    mode: 'load',
    source: 'csv',
    loadId: 1,
    bytes: 10,
    sourceUrl: 'https://example.com/f',
    filename: 'f',
    etag: null,
    lastModified: null,
    sha256: '0',
    ...noRows(),
    rowsInFile: 1_234_567,
    inserted: 1_234_567,
    outsideMonths: [],
    durationMs: 10_000,
    phases: { download: 1_000, copy: 5_000, hash: 3_000, merge: 500 },
    checks: [],
    ignoredColumns: [],
    labels: {},
    namespace: 'n',
    workflowId: 'w',
    runId: 'r',
    worker: 'w',
    codeVersion: '0',
    startedAt: '2026-01-02T03:03:55.000Z',
    finishedAt: '2026-01-02T03:04:05.000Z',
    ...differing,
  };
}

function overview(differing: Partial<Overview> = {}): Overview {
  const loads = ['2021-01', '2021-02', '2021-04'].map((month) => load(month));
  return {
    madeAt: new Date('2022-03-04T05:06:00Z'),
    version: '1.2.3',
    months: [
      ...loads.map(({ month }) => gridMonth(month)),
      gridMonth('2021-03', { status: 'failed', rows: null }),
    ],
    loads,
    recent: loads,
    failures: [],
    ...differing,
  };
}

/** The tags of a page that were opened and not closed, and those that were closed and not opened. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const voids = /^(meta|line|rect|br|hr|!doctype)$/i;
  for (const [, end, name = ''] of page.matchAll(/<(\/?)([a-z!][a-z0-9]*)\b(?:"[^"]*"|[^>"])*>/gi)) {
    if (voids.test(name)) continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...open, ...wrong];
}

describe('the page about all loads', () => {
  it('needs nothing but itself', () => {
    const page = renderPage(overview());
    expect(page).not.toMatch(/<(script|link|img|iframe|object)\b|@import|url\(|\ssrc=|href=/i);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page.match(/https?:\/\/[^"<\s]*/g)).toBeNull();
  });

  it('closes every element that it opens', () => {
    expect(unbalanced(renderPage(overview()))).toEqual([]);
    expect(unbalanced('<p><b></p>')).not.toEqual([]);
  });

  it('shows whatever names and messages there are as text', () => {
    const page = renderPage(
      overview({
        months: [gridMonth('2021-01', { dataset: EVIL }), gridMonth('2021-02', { dataset: EVIL })],
        loads: [load('2021-01', { dataset: EVIL }), load('2021-02', { dataset: EVIL })],
        recent: [load('2021-01', { dataset: EVIL, filename: EVIL })],
        failures: [{ dataset: EVIL, month: EVIL, workflowId: EVIL, failedAt: EVIL, error: EVIL }],
      }),
    );
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;');
    expect(unbalanced(page)).toEqual([]);
  });

  it('has a bar a month, an empty place for one that is missing, and none where there is only one', () => {
    const page = renderPage(overview());
    expect(page).toContain('<title>2021-04: 1,234,567 rows</title>');
    expect(page).toContain('<title>2021-03: missing</title>');
    expect(page).toContain('<title>2021-01: download 1.0 s, copy 5.0 s, hash 3.0 s, merge 0.5 s</title>');
    expect(page).toContain('title="2021-12: missing"');
    expect(renderPage(overview({ loads: [load('2021-01')] }))).not.toContain('<svg');
  });

  it('says so when there is nothing', () => {
    const page = renderPage(overview({ months: [], loads: [], recent: [] }));
    expect(page).toContain('No month is loaded yet.');
    expect(unbalanced(page)).toEqual([]);
  });
});

it('html escapes what is no HTML, in texts and in attributes', () => {
  expect(html`<p title="${EVIL}">${[html`<b>${1}</b>`, EVIL]}${undefined}</p>`.text).toBe(
    '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;"><b>1</b>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;</p>',
  );
});

describe('a plot', () => {
  const bars = (values: number[]) =>
    values.map((value, i) => ({ name: `20${10 + i}-01`, title: 't', parts: [{ kind: 'rows', value }] }));
  const format = (value: number) => `<${value}>`;
  const heights = (svg: string) =>
    [...svg.matchAll(/<rect[^>]* height="([^"]*)"/g)].map(([, height]) => Number(height));

  it('has an axis of round numbers up to at least the greatest value', () => {
    const { text } = plot('rows', bars([3, 17, 42]), format);
    expect([...text.matchAll(/&lt;(\d+)&gt;/g)].map(([, value]) => Number(value))).toEqual([0, 20, 40, 60]);
  });

  it('draws bars as high as their values, and none of height zero', () => {
    const [one = 0, two = 0, ...others] = heights(plot('rows', bars([10, 0, 20]), format).text);
    expect(two / one).toBeCloseTo(2, 1);
    expect(others).toEqual([]);
    expect(heights(plot('rows', bars([0]), format).text)).toEqual([]);
  });
});
