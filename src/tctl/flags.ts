/** The flags of tctl's workflow commands, under the names that scripts call them by. */

/** What a flag takes: a value, a whole number, values (each time it is given), or nothing. */
type Kind = 'text' | 'number' | 'list' | 'switch';

/** One flag. The first name is the one by which its value is asked for. */
export interface Flag {
  names: readonly string[];
  kind: Kind;
  /** The variable that it is taken from where it is not given. */
  variable?: string;
  /** What to do in its place, if fareflow does not do what the flag asks for. */
  instead?: string;
}

/** One of tctl's workflow commands. */
export interface TctlCommand {
  name: string;
  aliases: readonly string[];
  flags: readonly Flag[];
  /** How many words may follow the flags. */
  operands: 0 | 2;
  /** An invocation that works, for its help. */
  example: string;
}

const flag =
  (kind: Kind) =>
  (names: string, more: Pick<Flag, 'variable' | 'instead'> = {}): Flag => ({
    names: names.split(' '),
    kind,
    ...more,
  });
const text = flag('text');
const number = flag('number');
const list = flag('list');
const on = flag('switch');

const CODEC = 'fareflow encodes no payloads, so there is nothing to decode; leave it out';
const PLUGIN = 'plugins are not run; leave it out, or call the `temporal` CLI';
const BATCH = 'write `temporal workflow {command} --query … --reason …`';

/** What stands before the command's name, or among its flags. */
export const globalFlags: readonly Flag[] = [
  text('address ad', { variable: 'TEMPORAL_CLI_ADDRESS' }),
  text('namespace ns', { variable: 'TEMPORAL_CLI_NAMESPACE' }),
  text('auth', { variable: 'TEMPORAL_CLI_AUTH' }),
  number('context_timeout ct', { variable: 'TEMPORAL_CONTEXT_TIMEOUT' }),
  // There is no question that it could answer.
  on('auto_confirm'),
  text('tls_cert_path', { variable: 'TEMPORAL_CLI_TLS_CERT' }),
  text('tls_key_path', { variable: 'TEMPORAL_CLI_TLS_KEY' }),
  text('tls_ca_path', { variable: 'TEMPORAL_CLI_TLS_CA' }),
  text('tls_server_name', { variable: 'TEMPORAL_CLI_TLS_SERVER_NAME' }),
  on('tls_disable_host_verification', {
    variable: 'TEMPORAL_CLI_TLS_DISABLE_HOST_VERIFICATION',
    instead: 'name the server with --tls_server_name and its authority with --tls_ca_path',
  }),
  text('headers_provider_plugin hpp', { variable: 'TEMPORAL_CLI_PLUGIN_HEADERS_PROVIDER', instead: PLUGIN }),
  text('headers_provider_plugin_options hppo', { instead: PLUGIN }),
  text('data_converter_plugin dcp', { variable: 'TEMPORAL_CLI_PLUGIN_DATA_CONVERTER', instead: PLUGIN }),
  text('codec_endpoint', { variable: 'TEMPORAL_CLI_CODEC_ENDPOINT', instead: CODEC }),
  text('codec_auth', { variable: 'TEMPORAL_CLI_CODEC_AUTH', instead: CODEC }),
];

const execution = [text('workflow_id wid w'), text('run_id rid r')];
const inputs = [list('input i'), text('input_file if')];
const batch = [
  text('query', { instead: BATCH }),
  text('reason re', { instead: BATCH }),
  on('yes', { instead: BATCH }),
];

const start = [
  text('taskqueue tq'),
  text('workflow_id wid w'),
  text('workflow_type wt'),
  number('execution_timeout et'),
  number('run-timeout rt'),
  number('workflow_task_timeout wtt'),
  text('cron'),
  text('workflowidreusepolicy wrp'),
  ...inputs,
  list('memo_key'),
  list('memo'),
  text('memo_file'),
  text('search_attr_key'),
  text('search_attr_value'),
];

const progress = [on('show_detail sd'), number('max_field_length maxl')];

const RESET_POINTS = 'look for the WorkflowTaskCompleted events in what it shows without';
const show = [
  on('print_datetime pdt'),
  on('print_raw_time prt'),
  text('output_filename of'),
  on('print_full pf'),
  on('print_event_version pev'),
  number('event_id eid'),
  number('max_field_length maxl'),
  on('reset_points_only', { instead: RESET_POINTS }),
];

const describe = [on('print_raw praw'), on('reset_points_only', { instead: RESET_POINTS })];

const columns = [
  on('print_raw_time prt'),
  on('print_datetime pdt'),
  on('print_memo pme'),
  on('print_search_attr psa'),
  on('print_full pf'),
  on('print_json pjson'),
];

const filters = [
  on('open op'),
  text('earliest_time et'),
  text('latest_time lt'),
  text('workflow_id wid w'),
  text('workflow_type wt'),
  text('status s'),
  text('query q'),
];

const command = (
  names: string,
  flags: readonly Flag[],
  example: string,
  operands: 0 | 2 = 0,
): TctlCommand => {
  const [name = '', ...aliases] = names.split(' ');
  return { name, aliases, flags, operands, example };
};

const QUERY_EXAMPLE = `--query "WorkflowType = 'loadMonth'"`;
const ID = 'load-green-2021-03';

/** tctl's `workflow` commands that are translated. */
export const workflowCommands: readonly TctlCommand[] = [
  command(
    'start',
    start,
    `start --tq fareflow --wt loadMonth -w ${ID} -i '{"dataset":"green","month":"2021-03"}'`,
  ),
  command(
    'run',
    [...start, ...progress],
    `run --tq fareflow --wt loadMonth -w ${ID} -i '{"dataset":"green","month":"2021-03"}'`,
  ),
  command('show', [...execution, ...show], `show -w ${ID} --of history.json`),
  command('showid', show, `showid ${ID}`, 2),
  command('describe desc', [...execution, ...describe], `describe -w ${ID}`),
  command('describeid descid', describe, `describeid ${ID}`, 2),
  command('observe ob', [...execution, ...progress], `observe -w ${ID}`),
  command('observeid obid', progress, `observeid ${ID}`, 2),
  command(
    'query',
    [...execution, text('query_type qt'), ...inputs, text('query_reject_condition qrc')],
    `query -w ${ID} --qt status`,
  ),
  command('stack', [...execution, ...inputs, text('query_reject_condition qrc')], `stack -w ${ID}`),
  command(
    'signal s',
    [...execution, text('name n'), ...inputs, ...batch],
    `signal -w ${ID} --name checkNow -i '{}'`,
  ),
  command('cancel c', [...execution, ...batch], `cancel -w ${ID}`),
  command(
    'terminate term',
    [...execution, text('reason re'), text('query', { instead: BATCH }), on('yes', { instead: BATCH })],
    `terminate -w ${ID} --reason 'wrong month'`,
  ),
  command(
    'list l',
    [
      ...columns,
      ...filters,
      on('more m', { instead: 'take `listall`, or a greater --pagesize' }),
      number('pagesize ps'),
    ],
    'list --open',
  ),
  command('listall la', [...columns, ...filters], `listall ${QUERY_EXAMPLE}`),
  command('scan sc scanall', [...columns, number('pagesize ps'), text('query q')], `scan ${QUERY_EXAMPLE}`),
  command('count cnt', [text('query q')], `count ${QUERY_EXAMPLE}`),
];

/** What tctl has besides, and what does it today. */
export const elsewhere: Readonly<Record<string, string>> = {
  'workflow reset': '`temporal workflow reset`',
  'workflow rs': '`temporal workflow reset`',
  'workflow reset-batch': '`temporal workflow reset --query …`',
  'workflow listarchived': '`temporal workflow list --archived`',
  namespace: '`temporal operator namespace`',
  n: '`temporal operator namespace`',
  activity: '`temporal activity`',
  act: '`temporal activity`',
  taskqueue: '`temporal task-queue`',
  tq: '`temporal task-queue`',
  schedule: '`temporal schedule`',
  batch: '`temporal batch`',
  cluster: '`temporal operator cluster` and `temporal operator search-attribute`',
  cl: '`temporal operator cluster` and `temporal operator search-attribute`',
  admin: 'the tool `tdbg` of the Temporal server',
  adm: 'the tool `tdbg` of the Temporal server',
  config: '`temporal config`',
  dataconverter: '`temporal … --codec-endpoint`',
};
