/** What `--help` says at its end: examples, exit codes, and where the settings come from. */
import type { Command } from 'commander';

type Emitter = Pick<NodeJS.EventEmitter, 'listenerCount'>;

/** What a command needs to know from its environment. */
type Need = 'temporal' | 'database' | 'files';

interface Page {
  /** Not shown where the command's own file has some. */
  examples?: readonly string[];
  needs?: readonly Need[];
  /** What 0 and 1 say, where that is more than done and failed. */
  exitCodes?: readonly [string, string];
}

/** Descriptions beside the longest command are not as wide as what Commander leaves unwrapped. */
const MIN_WIDTH_TO_WRAP = 30;

const BOTH = ['temporal', 'database'] as const;

/** By the command's words. */
const pages: Readonly<Record<string, Page>> = {
  '': { examples: ['fareflow dev', 'fareflow load green 2021-01..2021-06', 'fareflow status'] },
  load: {
    needs: ['temporal'],
    exitCodes: ['loaded, or skipped because nothing changed', 'a month failed'],
  },
  status: { examples: ['fareflow status', 'fareflow status green --json'], needs: BOTH },
  loads: {
    examples: ['fareflow loads green 2021-03', 'fareflow loads --limit 0 --json'],
    needs: ['database'],
  },
  verify: {
    examples: ['fareflow verify green 2021-03', 'fareflow verify zones --json'],
    needs: ['database', 'files'],
    exitCodes: ['table and file are equal', 'they differ, or one of them cannot be read'],
  },
  watch: {
    examples: ['fareflow watch load-green-2021-03', 'fareflow watch load-green-2021-01-2021-06 --json'],
    needs: ['temporal'],
    exitCodes: ['it ended well', 'it failed, or Ctrl-C came first'],
  },
  cancel: { examples: ['fareflow cancel green 2021-03'], needs: ['temporal'] },
  worker: {
    examples: ['fareflow worker', 'FAREFLOW_LOG_LEVEL=debug fareflow worker', 'fareflow worker --check'],
    needs: ['temporal', 'database', 'files'],
  },
  dev: { examples: ['fareflow dev', 'FAREFLOW_HOME=/data/fareflow fareflow dev'], needs: ['files'] },
  demo: { examples: ['fareflow demo', 'fareflow demo --keep'] },
  migrate: { examples: ['fareflow migrate'], needs: ['database'] },
  replay: {
    examples: ['fareflow replay history.json'],
    exitCodes: ['every history replays', 'one of them differs, or cannot be read'],
  },
  datasets: { examples: ['fareflow datasets list', 'fareflow datasets show green'] },
  'datasets list': { examples: ['fareflow datasets list', 'fareflow datasets list --json'] },
  'datasets show': {
    examples: ['fareflow datasets show green', 'fareflow datasets show --dataset-file ./bikes.json'],
  },
  'datasets schema': { examples: ['fareflow datasets schema > dataset.schema.json'] },
  doctor: {
    examples: ['fareflow doctor', 'fareflow doctor --json'],
    needs: ['temporal', 'database', 'files'],
    exitCodes: ['loads can succeed', 'something keeps them from it'],
  },
  tctl: {
    examples: [
      `fareflow tctl workflow start --tq fareflow --wt loadMonth \\`,
      `    -w load-green-2021-03 -i '{"dataset":"green","month":"2021-03"}'`,
      'fareflow tctl workflow start --help',
    ],
    needs: ['temporal'],
    exitCodes: ['done', 'it failed, or (run, observe) the workflow did not complete'],
  },
  schedule: { examples: ['fareflow schedule list', 'fareflow schedule describe green'], needs: ['temporal'] },
  'schedule list': { examples: ['fareflow schedule list --json'], needs: ['temporal'] },
  'schedule describe': { examples: ['fareflow schedule describe green'], needs: ['temporal'] },
  'schedule pause': {
    examples: ["fareflow schedule pause green --note 'the mirror moves'"],
    needs: ['temporal'],
  },
  'schedule resume': { examples: ['fareflow schedule resume green'], needs: ['temporal'] },
  'schedule trigger': { examples: ['fareflow schedule trigger green'], needs: ['temporal'] },
  'schedule delete': { examples: ['fareflow schedule delete green'], needs: ['temporal'] },
  ...Object.fromEntries(
    ['create', 'apply', 'backfill'].map((name) => [`schedule ${name}`, { needs: ['temporal'] as const }]),
  ),
  'check-now': { needs: ['temporal'] },
  reset: { needs: BOTH },
  report: { needs: BOTH },
  completion: {
    examples: [
      'source <(fareflow completion bash)',
      'fareflow completion fish > ~/.config/fish/completions/fareflow.fish',
    ],
  },
};

const VARIABLES: Readonly<Record<Need, readonly string[]>> = {
  temporal: ['TEMPORAL_* or temporal.toml'],
  database: ['DATABASE_URL or PG*'],
  files: ['FAREFLOW_CSV_URL, FAREFLOW_PARQUET_URL, FAREFLOW_ALLOWED_HOSTS'],
};

/** The same for all of them. */
const ENVIRONMENT = [
  'TEMPORAL_* or temporal.toml  where Temporal is, as its own CLI reads them',
  'DATABASE_URL or PG*          where PostgreSQL is',
  'FAREFLOW_*                   the rest; docs/configuration.md lists them',
  'Where these say nothing, a running `fareflow dev` of this directory is used.',
];

/** Gives every command of the program, and the program itself, its last paragraphs. */
export function finishHelp(command: Command, words: readonly string[] = []): void {
  // A command is an emitter of events, of which its types show little.
  const hasExamples = (command as Command & Emitter).listenerCount('afterHelp') > 0;
  command.addHelpText('after', epilogue(words, hasExamples));
  command.configureHelp({ minWidthToWrap: MIN_WIDTH_TO_WRAP });
  for (const child of command.commands) finishHelp(child, [...words, child.name()]);
}

function epilogue(words: readonly string[], hasExamples: boolean): string {
  const { examples = [], needs = [], exitCodes = ['done', 'it failed'] } = pages[words.join(' ')] ?? {};
  const variables = words.length === 0 ? ENVIRONMENT : needs.flatMap((need) => VARIABLES[need]);
  const paragraphs = {
    'Examples:': hasExamples ? [] : examples,
    'Exit codes:': [...exitCodes, 'wrong usage'].map((meaning, code) => `${code}  ${meaning}`),
    'Environment:': variables,
  };
  return Object.entries(paragraphs)
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => ['', title, ...lines.map((line) => `  ${line}`)].join('\n'))
    .join('\n');
}
