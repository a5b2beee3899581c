/** `tctl workflow start` and `run`: the request that tctl sent, and its answer. */
import { randomUUID } from 'node:crypto';
import { isGrpcServiceError } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { followRun } from './follow.ts';
import { inputPayloads, parseJson, readText, toPayload } from './inputs.ts';
import { type Flags, TctlUsageError } from './parse.ts';
import { valuesOf } from './readable.ts';
import type { Session } from './session.ts';

type ReusePolicy = proto.temporal.api.enums.v1.WorkflowIdReusePolicy;

const { WorkflowIdReusePolicy } = proto.temporal.api.enums.v1;

const REUSE_POLICIES: Readonly<Record<string, ReusePolicy>> = {
  AllowDuplicate: WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
  AllowDuplicateFailedOnly: WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
  RejectDuplicate: WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
  TerminateIfRunning: WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING,
};

/** tctl's own default, in seconds. */
const WORKFLOW_TASK_TIMEOUT = 10;
/** gRPC's status of that name. */
const ALREADY_EXISTS = 6;

type StartRequest = proto.temporal.api.workflowservice.v1.IStartWorkflowExecutionRequest;

/** `start`: starts a workflow, or names the run that has its id, as tctl does. */
export async function start(session: Session): Promise<0> {
  const { workflowId, runId } = await startRun(session, await requestOf(session));
  session.print(`Started Workflow Id: ${workflowId}, run Id: ${runId}`);
  return 0;
}

/** `run`: starts a workflow and shows its events until it has ended. */
export async function run(session: Session): Promise<0 | 1> {
  const request = await requestOf(session);
  const { workflowId, runId } = await startRun(session, request);
  const facts = {
    'Workflow Id': workflowId,
    'Run Id': runId,
    Type: request.workflowType?.name ?? '',
    Namespace: session.namespace,
    'Task Queue': request.taskQueue?.name ?? '',
    Args: JSON.stringify(valuesOf(request.input)),
  };
  session.print('Running execution:');
  for (const [name, value] of Object.entries(facts)) session.print(`  ${name.padEnd(11)} : ${value}`);
  return followRun(session, { workflowId, runId });
}

/** The request that the flags describe. */
async function requestOf({ flags, namespace, identity }: Session): Promise<StartRequest> {
  const taskQueue = flags.required('taskqueue');
  const type = flags.required('workflow_type');
  return {
    namespace,
    identity,
    requestId: randomUUID(),
    workflowId: flags.text('workflow_id') || randomUUID(),
    workflowType: { name: type },
    taskQueue: { name: taskQueue },
    input: { payloads: await inputPayloads(flags) },
    workflowExecutionTimeout: duration(flags.number('execution_timeout')),
    workflowRunTimeout: duration(flags.number('run-timeout')),
    workflowTaskTimeout: duration(flags.number('workflow_task_timeout') ?? WORKFLOW_TASK_TIMEOUT),
    workflowIdReusePolicy: reusePolicyOf(flags),
    cronSchedule: flags.text('cron') ?? null,
    memo: { fields: await memoOf(flags) },
    searchAttributes: { indexedFields: searchAttributesOf(flags) },
  };
}

/** Starts it; where its id may not be used again, the run that has it is the answer. */
async function startRun(
  { service, namespace }: Session,
  request: StartRequest,
): Promise<{ workflowId: string; runId: string }> {
  const workflowId = request.workflowId ?? '';
  try {
    const { runId } = await service.startWorkflowExecution(request);
    return { workflowId, runId };
  } catch (error) {
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
    if (code !== ALREADY_EXISTS) throw error;
    const found = await service.describeWorkflowExecution({ namespace, execution: { workflowId } });
    return { workflowId, runId: found.workflowExecutionInfo?.execution?.runId ?? '' };
  }
}

function reusePolicyOf(flags: Flags): ReusePolicy | null {
  const name = flags.text('workflowidreusepolicy');
  if (name === undefined) return null;
  const policy = REUSE_POLICIES[name];
  if (policy !== undefined) return policy;
  const names = Object.keys(REUSE_POLICIES).join(', ');
  throw new TctlUsageError(`tctl: --workflowidreusepolicy must be one of ${names} (it is "${name}")`);
}

/** tctl takes a timeout of 0 for none. */
function duration(seconds: number | undefined): { seconds: never } | null {
  // What protobufjs takes for a 64-bit number, its types do not say.
  return seconds === undefined || seconds === 0 ? null : { seconds: seconds as never };
}

async function memoOf(flags: Flags): Promise<Record<string, Payload>> {
  const keys = flags.list('memo_key');
  const file = flags.text('memo_file');
  if (file !== undefined && flags.has('memo')) {
    throw new TctlUsageError('tctl: --memo and --memo_file exclude each other');
  }
  const values =
    file === undefined
      ? flags.list('memo')
      : (await readText(file, 'memo_file')).replace(/\n$/, '').split('\n');
  if (keys.length !== values.length) {
    throw new TctlUsageError(`tctl: there are ${keys.length} --memo_key and ${values.length} values`);
  }
  return Object.fromEntries(keys.map((key, i) => [key, toPayload(values[i])]));
}

function searchAttributesOf(flags: Flags): Record<string, Payload> {
  const [keys, values] = ['search_attr_key', 'search_attr_value'].map((name) =>
    (flags.text(name) ?? '').split('|').flatMap((word) => word.trim() || []),
  ) as [string[], string[]];
  if (keys.length !== values.length) {
    throw new TctlUsageError(`tctl: there are ${keys.length} search attributes and ${values.length} values`);
  }
  return Object.fromEntries(
    keys.map((key, i) => [key, toPayload(parseJson(values[i] ?? '', `the value of ${key}`))]),
  );
}
