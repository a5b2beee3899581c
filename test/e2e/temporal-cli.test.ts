/** docs/temporal-cli.md, run: every operation with the real `temporal`, with tctl's words, and with fareflow's. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SearchAttribute } from '../../src/contract.ts';
import { parseTctl } from '../../src/tctl/parse.ts';
import { runCommand } from '../../src/tctl/run.ts';
import { runCli, startProgram } from '../support/cli.ts';
import { useDatabase } from '../support/database.ts';
import { file, tripFile, useSource, valve } from '../support/source-server.ts';
import { useTemporal } from '../support/temporal.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { useWorkers } from '../support/worker-process.ts';

/** Months whose load stops half way, to be stopped. */
const STUCK = ['2021-04', '2021-05', '2021-07', '2021-08'];

const database = useDatabase();
const temporal = useTemporal();
const source = useSource();
const workers = useWorkers();
const start = process.cwd();
let home: string;

/** The commands of the page's section "Each operation", in order. */
const page = await readFile(new URL('../../docs/temporal-cli.md', import.meta.url), 'utf8');
const [, section = ''] = page.split('## Each operation');
const commands = [...section.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = '']) =>
  block.split('\n').filter((line) => line !== ''),
);

/** A shell's words: quoted ones are one each. */
const wordsOf = (line: string) =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');

/** As `fareflow tctl` does it, but for the process. */
async function tctl(...words: string[]): Promise<{ code: 0 | 1; stdout: string }> {
  const { command, flags, operands } = parseTctl(['workflow', ...words], {});
  const lines: string[] = [];
  const code = await runCommand(command?.name ?? '', {
    service: temporal.client.workflowService,
    namespace: 'default',
    identity: 'test',
    flags,
    operands,
    print: (text) => void lines.push(`${text}\n`),
  });
  return { code, stdout: lines.join('') };
}

/** Runs a command; those of fareflow itself have tests of their own. */
async function run(line: string): Promise<number | null> {
  const [program, ...words] = wordsOf(line);
  if (program === 'tctl') return (await tctl(...words.slice(1))).code;
  if (program === 'fareflow') return 0;
  const env = { TEMPORAL_ADDRESS: temporal.address };
  return (await startProgram(inject('temporalCli'), words, { env, home })).result.then(({ code }) => code);
}

beforeAll(async () => {
  home = await temporaryDirectory();
  process.chdir(home);
  await writeFile(
    join(home, 'range.json'),
    JSON.stringify({ dataset: 'green', from: '2021-01', to: '2021-02' }),
  );
  for (const month of ['2021-01', '2021-02', '2021-03']) {
    source.publish('green', month, file(tripFile({ dataset: 'green', month, rows: 100 })));
  }
  for (const month of STUCK) {
    source.publish('green', month, valve(tripFile({ dataset: 'green', month, rows: 5_000 })).answer);
  }
  await workers.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    csvUrl: source.urlTemplate,
  });
  await Promise.all(
    STUCK.map((month) =>
      temporal.client.workflow.start('loadMonth', {
        taskQueue: 'fareflow',
        workflowId: `load-green-${month}`,
        args: [{ dataset: 'green', month }],
      }),
    ),
  );
});
afterAll(async () => {
  process.chdir(start);
  await workers.logs();
});

describe('docs/temporal-cli.md', () => {
  it('has commands of all three kinds', () => {
    const kinds = ['temporal', 'tctl', 'fareflow'];
    expect(new Set(commands.map((line) => wordsOf(line)[0]))).toEqual(new Set(kinds));
    expect(commands.length).toBeGreaterThan(30);
  });

  // In the page's order: what is started is what is looked at.
  it.each(commands)('%s', async (line) => {
    expect(await run(line)).toBe(0);
  });

  it('leaves the loads stopped that it stops', async () => {
    const statuses = await Promise.all(
      STUCK.map(async (month) => {
        const handle = temporal.client.workflow.getHandle(`load-green-${month}`);
        await handle.result().catch(() => undefined);
        return (await handle.describe()).status.name;
      }),
    );
    expect(statuses).toEqual(['CANCELLED', 'CANCELLED', 'TERMINATED', 'TERMINATED']);
  });
});

describe('fareflow tctl', () => {
  it('starts what tctl starts, in its words', async () => {
    const started = await tctl(
      ...['start', '--tq', 'fareflow', '--wt', 'loadMonth', '-w', 'load-green-2021-03', '--et', '3600'],
      ...['-i', '{"dataset":"green","month":"2021-03","force":true}', '--wrp', 'AllowDuplicate'],
      ...['--memo_key', 'why', '--memo', 'by hand', '--search_attr_key', 'TriggeredBy'],
      ...['--search_attr_value', '"script"'],
    );
    expect(started.code).toBe(0);
    const [, runId = ''] =
      /^Started Workflow Id: load-green-2021-03, run Id: ([\w-]{36})\n$/.exec(started.stdout) ?? [];
    const handle = temporal.client.workflow.getHandle('load-green-2021-03', runId);
    expect(await handle.result()).toMatchObject({ status: 'loaded' });
    const { memo, typedSearchAttributes, raw } = await handle.describe();
    expect(memo).toMatchObject({ why: 'by hand' });
    const triggeredBy = defineSearchAttributeKey(SearchAttribute.TriggeredBy, SearchAttributeType.KEYWORD);
    expect(typedSearchAttributes.get(triggeredBy)).toBe('script');
    expect(raw.executionConfig?.workflowExecutionTimeout?.seconds?.toString()).toBe('3600');
  });

  it('names the run that there is where another must not be started, and exits with 0 as tctl does', async () => {
    const { stdout: before } = await tctl('describe', '-w', 'load-green-2021-03');
    const { workflowExecutionInfo } = JSON.parse(before) as {
      workflowExecutionInfo: { execution: { runId: string } };
    };
    const again = await tctl(
      ...['start', '--tq', 'fareflow', '--wt', 'loadMonth', '-w', 'load-green-2021-03'],
      ...['-i', '{"dataset":"green","month":"2021-03"}', '--wrp', 'RejectDuplicate'],
    );
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain(`run Id: ${workflowExecutionInfo.execution.runId}`);
  });

  it('shows the events and the result of a run, whose failure is exit code 1', async () => {
    const bad = await tctl('run', '--tq', 'fareflow', '--wt', 'loadMonth', '-i', '{"dataset":"green"}');
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/Running execution:\n {2}Workflow Id : [\w-]{36}\n/);
    expect(bad.stdout).toMatch(/\n {2}1, \d{4}-.*Z, WorkflowExecutionStarted\n/);
    expect(bad.stdout).toMatch(/\n {2}Status: FAILED\n {2}Failure: .*InvalidInput/);
    const good = await tctl('observe', '-w', 'load-green-2021-03', '--sd', '--maxl', '20');
    expect(good).toMatchObject({ code: 0 });
    expect(good.stdout).toMatch(/Status: COMPLETED\n {2}Output: \[\{"dataset":"green"/);
  });

  it('describes a workflow with the names that scripts read', async () => {
    const { stdout } = await tctl('describeid', 'load-green-2021-03');
    expect(JSON.parse(stdout)).toMatchObject({
      workflowExecutionInfo: {
        execution: { workflowId: 'load-green-2021-03' },
        type: { name: 'loadMonth' },
        status: 'Completed',
        startTime: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        searchAttributes: { indexedFields: { Dataset: 'green' } },
      },
      executionConfig: { defaultWorkflowTaskTimeout: '10s' },
    });
    const { stdout: raw } = await tctl('describe', '-w', 'load-green-2021-03', '--print_raw');
    expect(raw).toContain('WORKFLOW_EXECUTION_STATUS_COMPLETED');
  });

  it('answers a query with its result', async () => {
    const { stdout } = await tctl('query', '-w', 'load-green-2021-03', '--query_type', 'status');
    expect(stdout).toMatch(/^Query result:\n\[\{"dataset":"green","month":"2021-03","phase":"loaded"/);
    const rejected = await tctl('query', '-w', 'load-green-2021-03', '--qt', 'status', '--qrc', 'not_open');
    expect(rejected.stdout).toMatch(/^Query was rejected/);
  });

  it('lists as lines that can be cut, and as JSON', async () => {
    const { stdout } = await tctl('listall', '--wt', 'loadMonth', '--status', 'completed', '--psa');
    const rows = stdout.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    expect(rows[0]?.slice(0, 4)).toEqual(['WORKFLOW TYPE', 'WORKFLOW ID', 'RUN ID', 'TASK QUEUE']);
    expect(rows.map(([, id]) => id)).toContain('load-green-2021-03');
    const { stdout: json } = await tctl('list', '--ps', '2', '--print_json');
    expect(JSON.parse(json)).toHaveLength(2);
    const { stdout: count } = await tctl('count', '--query', "WorkflowType = 'loadMonths'");
    expect(count).toMatch(/^[1-9]\d*\n$/);
  });

  it('shows histories in full, and one event by its number', async () => {
    const { stdout } = await tctl('show', '-w', 'load-green-2021-03', '--eid', '1');
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'WorkflowExecutionStarted',
      attributes: { workflowType: { name: 'loadMonth' } },
    });
    const { stdout: full } = await tctl('showid', '--print_full', 'load-green-2021-03');
    expect(full).toContain('"month":"2021-03"');
  });

  it.each([
    ['a workflow that there is not', ['describe', '-w', 'nobody'], /^tctl workflow describe: /],
    ['a signal to a run that has ended', ['signal', '-w', 'load-green-2021-03', '-n', 'x'], /signal: /],
    ['a list that cannot be meant', ['list', '--query', 'Dataset ='], /^tctl workflow list: /],
    ['no task queue', ['start', '--wt', 'loadMonth'], /--taskqueue is required/],
    ['no JSON', ['start', '--tq', 'q', '--wt', 't', '-i', '{a'], /--input is not JSON/],
    ['a file that there is not', ['start', '--tq', 'q', '--wt', 't', '--if', 'no.json'], /cannot be read/],
    ['an unknown policy', ['start', '--tq', 'q', '--wt', 't', '--wrp', 'x'], /must be one of AllowDup/],
    ['two memos of one key', ['start', '--tq', 'q', '--wt', 't', '--memo', 'x'], /0 --memo_key and 1 values/],
  ])('says what is wrong with %s', async (_, words, message) => {
    await expect(tctl(...words)).rejects.toThrow(message);
  });

  it('is a command: its words reach it as they are, and its exit codes are fareflow’s', async () => {
    const at = ['tctl', '--ad', temporal.address];
    const [good, bad, wrong, help] = await Promise.all([
      runCli([...at, 'workflow', 'count', '-q', "WorkflowId = 'load-green-2021-03'"]),
      runCli([...at, 'workflow', 'desc', '-w', 'nobody']),
      runCli([...at, 'workflow', 'start', '--version', '1']),
      runCli(['tctl', 'wf', 'start', '--help']),
    ]);
    expect(good).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^[1-9]\n$/) as string });
    expect(bad).toMatchObject({ code: 1, stdout: '' });
    expect(bad.stderr).toMatch(/^fareflow: tctl workflow describe: .*\n$/);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/^fareflow: tctl workflow start has no flag --version; .*\n$/);
    expect(help.stdout).toMatch(/^Usage: fareflow tctl workflow start/);
  });
});
