/** `tctl workflow list` and its like: workflows as lines or as JSON. */
import proto from '@temporalio/proto';
import { listQuery } from './list-query.ts';
import type { Flags } from './parse.ts';
import { readable } from './readable.ts';
import type { Session } from './session.ts';

const { WorkflowExecutionInfo } = proto.temporal.api.workflow.v1;

/** tctl's own default. */
const PAGE_SIZE = 10;
const MANY = 1000;

/** An execution as `readable` makes it, in so far as lines show it. */
interface Shown {
  type?: { name?: string };
  execution?: { workflowId?: string; runId?: string };
  taskQueue?: string;
  startTime?: string;
  executionTime?: string;
  closeTime?: string;
  memo?: { fields?: Record<string, unknown> };
  searchAttributes?: { indexedFields?: Record<string, unknown> };
}

/** `list`: the first page of what the flags select; `listall` and `scan`: all of it. */
export async function list(session: Session, all: boolean): Promise<0> {
  const { flags, print } = session;
  const query = listQuery(flags, new Date());
  const pageSize = all ? MANY : flags.number('pagesize') || PAGE_SIZE;
  const found: Shown[] = [];
  for await (const execution of executionsOf(session, query, pageSize, all)) found.push(execution);
  if (flags.isOn('print_json') || flags.isOn('print_full')) {
    print(`[\n${found.map((execution) => JSON.stringify(execution)).join(',\n')}\n]`);
  } else {
    print(table(session, found));
  }
  return 0;
}

async function* executionsOf(
  { service, namespace }: Session,
  query: string,
  pageSize: number,
  all: boolean,
): AsyncGenerator<Shown> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await service.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken });
    for (const execution of page.executions) {
      yield readable(WorkflowExecutionInfo, WorkflowExecutionInfo.create(execution)) as Shown;
    }
    nextPageToken = page.nextPageToken;
  } while (all && nextPageToken.length > 0);
}

type Column = readonly [title: string, cell: (shown: Shown) => string | undefined];

/** Columns divided by `|`, as scripts cut them. */
function table({ flags }: Session, found: readonly Shown[]): string {
  const columns = columnsOf(flags);
  const lines = [
    columns.map(([title]) => title),
    ...found.map((shown) => columns.map(([, cell]) => cell(shown) ?? '')),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) => `  ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')}`.trimEnd())
    .join('\n');
}

function columnsOf(flags: Flags): Column[] {
  const time = (text = '') => {
    if (flags.isOn('print_raw_time')) return text;
    return flags.isOn('print_datetime') ? text.replace(/\.\d+Z$/, 'Z') : text.slice(11, 19);
  };
  const end: Column = ['END TIME', ({ closeTime }) => time(closeTime)];
  const memo: Column = ['MEMO', (shown) => pairs(shown.memo?.fields)];
  const attributes: Column = ['SEARCH ATTRIBUTES', (shown) => pairs(shown.searchAttributes?.indexedFields)];
  return [
    ['WORKFLOW TYPE', ({ type }) => type?.name],
    ['WORKFLOW ID', ({ execution }) => execution?.workflowId],
    ['RUN ID', ({ execution }) => execution?.runId],
    ['TASK QUEUE', ({ taskQueue }) => taskQueue],
    ['START TIME', ({ startTime }) => time(startTime)],
    ['EXECUTION TIME', ({ executionTime }) => time(executionTime)],
    ...(flags.isOn('open') ? [] : [end]),
    ...(flags.isOn('print_memo') ? [memo] : []),
    ...(flags.isOn('print_search_attr') ? [attributes] : []),
  ];
}

function pairs(fields: Record<string, unknown> = {}): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}
