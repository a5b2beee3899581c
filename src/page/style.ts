/** The page's style sheet: readable in light and dark, on a phone and on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: #1c2430; --faint: #667085; --paper: #ffffff; --line: #dfe3ea; --none: #eef0f4;
  --loaded: #2f9e6b; --skipped: #7cc7a3; --running: #2f7fd6; --waiting: #e0a325; --failed: #d6453d; --not_published: #b9c0cc;
  --download: #4c8fd9; --copy: #2f9e6b; --hash: #d99a2b; --merge: #9a6bc9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ef; --faint: #98a2b3; --paper: #14181f; --line: #2c3440; --none: #222936;
    --not_published: #4a5363;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem; }
h3 { font-size: .95rem; margin: 1.25rem 0 .4rem; }
p { margin: .25rem 0; }
.faint { color: var(--faint); }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; }
.tile { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; min-width: 7rem; }
.tile b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.list { width: 100%; font-size: .87rem; }
.list th, .list td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
.list .number { text-align: right; white-space: nowrap; }
.list td:nth-child(-n+2) { white-space: nowrap; }
.list td.error { overflow-wrap: anywhere; }
.calendar th { font-weight: normal; color: var(--faint); font-size: .75rem; padding: 0 .5rem 0 0; text-align: center; }
.calendar th[scope=row] { text-align: right; font-variant-numeric: tabular-nums; }
.calendar td { padding: 1px; }
.cell {
  display: block; width: 2.3rem; height: 1.15rem; border-radius: .2rem; background: var(--none); color: #fff;
  font-size: .7rem; line-height: 1.15rem; text-align: center;
}
.dense .cell { width: .85rem; }
.cell.absent { background: none; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .8rem; color: var(--faint); margin: .5rem 0 0; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .35rem; vertical-align: -.1rem; background: var(--none); }
.loaded { background: var(--loaded) !important; } .skipped { background: var(--skipped) !important; }
.running { background: var(--running) !important; } .waiting { background: var(--waiting) !important; }
.failed { background: var(--failed) !important; } .not_published { background: var(--not_published) !important; }
.key-download { background: var(--download) !important; } .key-copy { background: var(--copy) !important; }
.key-hash { background: var(--hash) !important; } .key-merge { background: var(--merge) !important; }
svg { display: block; width: 100%; min-width: 36rem; height: auto; }
svg text { fill: var(--faint); font: 11px system-ui, sans-serif; }
svg .axis { stroke: var(--line); }
svg .rows { fill: var(--loaded); }
svg .download { fill: var(--download); } svg .copy { fill: var(--copy); }
svg .hash { fill: var(--hash); } svg .merge { fill: var(--merge); }
@media print { body { max-width: none; } .tile, .cell { print-color-adjust: exact; } }
`;
