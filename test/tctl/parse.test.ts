import { describe, expect, it } from 'vitest';
import { temporalVariables } from '../../src/tctl/environment.ts';
import { listQuery } from '../../src/tctl/list-query.ts';
import { parseTctl } from '../../src/tctl/parse.ts';

const parse = (words: readonly string[], env: NodeJS.ProcessEnv = {}) => parseTctl(words, env);
const NOW = new Date('2026-03-10T12:00:00Z');

describe('the words of tctl', () => {
  it.each([
    ['two dashes', ['workflow', 'start', '--tq', 'q', '--wt', 't', '--workflow_id', 'w']],
    ['one dash', ['wf', 'start', '-tq', 'q', '-wt', 't', '-w', 'w']],
    ['an equals sign', ['workflow', 'start', '--taskqueue=q', '-workflow_type=t', '--wid=w']],
  ])('mean the same with %s', (_, words) => {
    const { command, flags } = parse(words);
    expect(command?.name).toBe('start');
    expect(['taskqueue', 'workflow_type', 'workflow_id'].map((name) => flags.text(name))).toEqual([
      'q',
      't',
      'w',
    ]);
  });

  it('are read in one way only where a short name has two meanings', () => {
    expect(parse(['wf', 'start', '--et', '60']).flags.number('execution_timeout')).toBe(60);
    expect(parse(['wf', 'list', '--et', '3d']).flags.text('earliest_time')).toBe('3d');
  });

  it('keep every input, in order, whatever it begins with', () => {
    const { flags } = parse(['wf', 'start', '-i', '{"a":1}', '--input', '-5', '-i={"b":"x=y"}']);
    expect(flags.list('input')).toEqual(['{"a":1}', '-5', '{"b":"x=y"}']);
  });

  it('take switches with a value and without', () => {
    expect(parse(['wf', 'l', '--open', '-psa=false']).flags.isOn('open')).toBe(true);
    expect(parse(['wf', 'l', '--open', '-psa=false']).flags.isOn('print_search_attr')).toBe(false);
  });

  it('take a workflow and its run behind the flags of showid', () => {
    expect(parse(['wf', 'showid', '--pf', 'a', 'b'])).toMatchObject({ operands: ['a', 'b'] });
  });

  it.each([
    [['workflow', 'start', '--task-queue', 'q'], /has no flag --task-queue; there are --taskqueue,/],
    [['workflow', 'start', '--et', '1h'], /--et must be a whole number \(it is "1h"\)/],
    [['workflow', 'start', '--tq'], /--tq needs a value/],
    [
      ['workflow', 'start', '--tq', 'q', 'loadMonth', '--wt', 't'],
      /takes no word "loadMonth"; flags come before/,
    ],
    [['workflow', 'showid', 'a', 'b', 'c'], /takes no word "c"/],
    [['workflow', 'list', '--open=maybe'], /--open is true or false \(it is "maybe"\)/],
    [['workflow', 'list', '--more'], /--more is not translated; take `listall`/],
    [
      ['workflow', 'cancel', '--query', 'x'],
      /--query is not translated; write `temporal workflow cancel --query/,
    ],
    [
      ['workflow', 'reset', '-w', 'x'],
      /`tctl workflow reset` is not translated; .*`temporal workflow reset`/,
    ],
    [['namespace', 'list'], /`tctl namespace` is not translated; .*`temporal operator namespace`/],
    [['workflow', 'begin'], /no command "workflow begin"; there are workflow start, run,/],
    [['--zz', 'workflow', 'list'], /tctl has no flag --zz/],
    [['--codec_endpoint', 'x', 'wf', 'list'], /--codec_endpoint is not translated/],
    [['--tls_disable_host_verification', 'wf', 'list'], /is not translated; name the server/],
  ])('%j are refused, and told why', (words, message) => {
    expect(() => parse(words)).toThrow(message);
  });

  it('are completed from its variables, which flags override', () => {
    const env = { TEMPORAL_CLI_ADDRESS: 'there:1', TEMPORAL_CLI_NAMESPACE: 'n' };
    const { flags } = parse(['--ns', 'mine', 'wf', 'list', '--ad', 'here:2'], env);
    expect(temporalVariables(flags)).toEqual({ TEMPORAL_ADDRESS: 'here:2', TEMPORAL_NAMESPACE: 'mine' });
    expect(temporalVariables(parse(['wf', 'list'], env).flags)).toMatchObject({
      TEMPORAL_ADDRESS: 'there:1',
    });
  });

  it('are refused for a variable that would have no effect', () => {
    expect(() => parse(['wf', 'list'], { TEMPORAL_CLI_CODEC_ENDPOINT: 'http://x' })).toThrow(
      /TEMPORAL_CLI_CODEC_ENDPOINT is not translated/,
    );
  });

  it('turn TLS on where a certificate is named, and then mean the server that tctl means', () => {
    const { flags } = parse(['--tls_ca_path', 'ca.pem', '--auth', 'Bearer x', 'wf', 'list']);
    expect(temporalVariables(flags)).toEqual({
      TEMPORAL_ADDRESS: '127.0.0.1:7233',
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'ca.pem',
      TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer x',
    });
  });
});

describe('the filters of list', () => {
  const query = (...words: string[]) => listQuery(parse(['wf', 'list', ...words]).flags, NOW);

  it.each([
    [[], "ExecutionStatus != 'Running'"],
    [['--open'], "ExecutionStatus = 'Running'"],
    [['--status', 'TimedOut'], "ExecutionStatus = 'TimedOut'"],
    [['--open', '-w', "it's"], "ExecutionStatus = 'Running' AND WorkflowId = 'it\\'s'"],
    [
      ['--wt', 'loadMonth', '--et', '2h'],
      "ExecutionStatus != 'Running' AND WorkflowType = 'loadMonth' AND StartTime >= '2026-03-10T10:00:00.000Z'",
    ],
    [['--lt', '1M'], "ExecutionStatus != 'Running' AND StartTime <= '2026-02-08T12:00:00.000Z'"],
    [
      ['--lt', '1772625600000000000'],
      "ExecutionStatus != 'Running' AND StartTime <= '2026-03-04T12:00:00.000Z'",
    ],
    [['--open', '--query', "Dataset = 'green'"], "Dataset = 'green'"],
  ])('%j', (words, expected) => {
    expect(query(...words)).toBe(expected);
  });

  it.each([
    [['-w', 'a', '--wt', 'b'], /exclude each other/],
    [['--open', '--status', 'failed'], /for closed workflows/],
    [['--status', 'bad'], /must be one of running, completed/],
    [['--et', 'yesterday'], /must be a time such as/],
    [['--et', '5x'], /must be a time such as/],
  ])('%j are refused', (words, message) => {
    expect(() => query(...words)).toThrow(message);
  });
});
