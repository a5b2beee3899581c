/** What a load needs of Temporal: the server, the namespace, its search attributes, and somebody who works. */
import { hostname } from 'node:os';
import proto from '@temporalio/proto';
import type { Config } from '../config.ts';
import { SearchAttribute } from '../contract.ts';
import { livePollers } from '../operations/check-worker.ts';
import { connectTemporal, findTemporal, type TemporalAccess } from '../operations/connect.ts';
import { noNamespace, reasonOf } from '../operations/errors.ts';
import { version } from '../version.ts';
import { failed, type Finding, finding, ok, skipped, warning } from './finding.ts';

const { TASK_QUEUE_TYPE_ACTIVITY, TASK_QUEUE_TYPE_WORKFLOW } = proto.temporal.api.enums.v1.TaskQueueType;
const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;

/** gRPC's statuses of that name. */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;

const DAY_S = 86_400;
/** With less, a run is gone before anybody looks what became of it over a weekend. */
const SHORT_RETENTION_DAYS = 3;

/** Checks Temporal, and what is in it as far as it answers. */
export async function examineTemporal(config: Config): Promise<Finding[]> {
  const endpoint = await findTemporal(config);
  let access: TemporalAccess;
  try {
    access = await connectTemporal(endpoint);
  } catch (error) {
    const rest = ['namespace', 'search attributes', 'workers'];
    return [
      failed(
        'temporal',
        `no answer at ${endpoint.address} (${reasonOf((error as Error).cause ?? error)})`,
        'start `fareflow dev`, or set TEMPORAL_ADDRESS (and TEMPORAL_TLS_*, TEMPORAL_API_KEY) to a running server',
      ),
      ...rest.map((check) => skipped(check, 'Temporal does not answer')),
    ];
  }
  try {
    const namespace = await examineNamespace(access);
    const rest = { 'search attributes': examineAttributes, workers: examineWorkers };
    const isThere = namespace.outcome !== 'failed';
    return [
      await examineServer(access),
      namespace,
      ...(await Promise.all(
        Object.entries(rest).map(async ([check, examine]) =>
          isThere
            ? finding(check, 'ask whoever runs Temporal', () => examine(access, config.taskQueue))
            : skipped(check, 'there is no namespace to look into'),
        ),
      )),
    ];
  } finally {
    await access.close();
  }
}

async function examineServer({ client, endpoint }: TemporalAccess): Promise<Finding> {
  const { tls, apiKey } = endpoint.options;
  const how = `${tls ? 'TLS' : 'no TLS'}${apiKey === undefined ? '' : ', API key'}`;
  const { serverVersion } = await client.workflowService
    .getClusterInfo({})
    .catch(() => ({ serverVersion: '(version not told)' }));
  const found = `${serverVersion} at ${endpoint.address}, ${how}`;
  return tls || isLocal(endpoint.address)
    ? ok('temporal', found)
    : warning(
        'temporal',
        found,
        'inputs and results travel unencrypted; set TEMPORAL_TLS=true if the server has it',
      );
}

function isLocal(address: string): boolean {
  const host = address.replace(/:\d+$/, '');
  return /^(localhost|127\..*|\[::1\])$/.test(host) || host === hostname();
}

async function examineNamespace({ client, endpoint: { namespace } }: TemporalAccess): Promise<Finding> {
  try {
    const { config } = await client.workflowService.describeNamespace({ namespace });
    const days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_S;
    const found = `${namespace}, keeps ended runs for ${Number(days.toFixed(1))} days`;
    if (days >= SHORT_RETENTION_DAYS) return ok('namespace', found);
    return warning(
      'namespace',
      found,
      `keep them longer: \`temporal operator namespace update --namespace ${namespace} --retention 30d\``,
    );
  } catch (error) {
    const { code } = error as { code?: number };
    if (code === NOT_FOUND) {
      return failed(
        'namespace',
        noNamespace(namespace).message,
        `or make it: \`temporal operator namespace create --namespace ${namespace} --retention 30d\``,
      );
    }
    if (code !== PERMISSION_DENIED) {
      return failed('namespace', reasonOf(error), 'check TEMPORAL_NAMESPACE and TEMPORAL_API_KEY');
    }
    return warning('namespace', `${namespace} may not be looked into`, 'this is no hindrance to loads');
  }
}

async function examineAttributes({ client, endpoint: { namespace } }: TemporalAccess): Promise<Finding> {
  const check = 'search attributes';
  const wanted = Object.values(SearchAttribute);
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  const lacking = wanted.filter((name) => !(name in customAttributes));
  const others = wanted.filter(
    (name) => name in customAttributes && customAttributes[name] !== INDEXED_VALUE_TYPE_KEYWORD,
  );
  if (others.length > 0) {
    return failed(
      check,
      `${others.join(', ')} of another type than Keyword`,
      `remove them (\`temporal operator search-attribute remove\`), or use another namespace`,
    );
  }
  if (lacking.length === 0) return ok(check, wanted.join(', '));
  const names = lacking.map((name) => `--name ${name} --type Keyword`).join(' ');
  return failed(
    check,
    `${lacking.join(', ')} missing`,
    `start a worker, which makes them, or run \`temporal operator search-attribute create --namespace ${namespace} ${names}\``,
  );
}

async function examineWorkers(access: TemporalAccess, queue: string): Promise<Finding> {
  const check = 'workers';
  const [workflows, activities] = await Promise.all([
    livePollers(access, queue, TASK_QUEUE_TYPE_WORKFLOW),
    livePollers(access, queue, TASK_QUEUE_TYPE_ACTIVITY),
  ]);
  if (workflows.length === 0 || activities.length === 0) {
    return failed(
      check,
      `nobody polls the task queue ${queue}`,
      'start `fareflow worker`; if one runs, compare its FAREFLOW_TASK_QUEUE, TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE',
    );
  }
  const builds = new Set(workflows.flatMap(({ workerVersionCapabilities: build }) => build?.buildId || []));
  const number = new Set(workflows.map(({ identity }) => identity)).size;
  const found = `${number} on ${queue}${builds.size === 0 ? '' : `, version ${[...builds].join(', ')}`}`;
  return builds.size > 1
    ? warning(check, found, `workers of several versions run; let all of them be ${version}`)
    : ok(check, found);
}
