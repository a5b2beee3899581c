/** tctl's commands that ask one thing of one workflow. */
import { randomUUID } from 'node:crypto';
import proto from '@temporalio/proto';
import { inputPayloads } from './inputs.ts';
import { TctlUsageError } from './parse.ts';
import { readable, valuesOf } from './readable.ts';
import { executionOf, type Session } from './session.ts';

type RejectCondition = proto.temporal.api.enums.v1.QueryRejectCondition;

const { QueryRejectCondition } = proto.temporal.api.enums.v1;
const { DescribeWorkflowExecutionResponse } = proto.temporal.api.workflowservice.v1;

const REJECT_CONDITIONS: Readonly<Record<string, RejectCondition>> = {
  not_open: QueryRejectCondition.QUERY_REJECT_CONDITION_NOT_OPEN,
  not_completed_cleanly: QueryRejectCondition.QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY,
};

export async function signal(session: Session): Promise<0> {
  const { service, namespace, identity, flags } = session;
  await service.signalWorkflowExecution({
    namespace,
    identity,
    requestId: randomUUID(),
    workflowExecution: executionOf(session),
    signalName: flags.required('name'),
    input: { payloads: await inputPayloads(flags) },
  });
  session.print('Signal workflow succeeded.');
  return 0;
}

export async function cancel(session: Session): Promise<0> {
  const { service, namespace, identity } = session;
  const workflowExecution = executionOf(session);
  await service.requestCancelWorkflowExecution({
    namespace,
    identity,
    requestId: randomUUID(),
    workflowExecution,
  });
  session.print('Cancel workflow succeeded.');
  return 0;
}

export async function terminate(session: Session): Promise<0> {
  const { service, namespace, identity, flags } = session;
  await service.terminateWorkflowExecution({
    namespace,
    identity,
    workflowExecution: executionOf(session),
    reason: flags.text('reason') ?? '',
  });
  session.print('Terminate workflow succeeded.');
  return 0;
}

/** `query`, and with another type `stack`. */
export async function query(session: Session, type?: string): Promise<0> {
  const { service, namespace, flags } = session;
  const condition = flags.text('query_reject_condition');
  const queryRejectCondition = condition === undefined ? null : REJECT_CONDITIONS[condition];
  if (queryRejectCondition === undefined) {
    throw new TctlUsageError(
      `tctl workflow query: --query_reject_condition must be ${Object.keys(REJECT_CONDITIONS).join(' or ')}`,
    );
  }
  const queryType = type ?? flags.required('query_type');
  const { queryResult, queryRejected } = await service.queryWorkflow({
    namespace,
    execution: executionOf(session),
    query: { queryType, queryArgs: { payloads: await inputPayloads(flags) } },
    queryRejectCondition,
  });
  session.print(
    queryRejected == null
      ? `Query result:\n${JSON.stringify(valuesOf(queryResult))}`
      : `Query was rejected, workflow has status: ${queryRejected.status ?? ''}`,
  );
  return 0;
}

export async function describe(session: Session): Promise<0> {
  const { service, namespace, flags } = session;
  const answer = await service.describeWorkflowExecution({ namespace, execution: executionOf(session) });
  const shown = flags.isOn('print_raw')
    ? DescribeWorkflowExecutionResponse.create(answer).toJSON()
    : readable(DescribeWorkflowExecutionResponse, DescribeWorkflowExecutionResponse.create(answer));
  session.print(JSON.stringify(shown, null, 2));
  return 0;
}

export async function count(session: Session): Promise<0> {
  const { service, namespace, flags } = session;
  const answer = await service.countWorkflowExecutions({ namespace, query: flags.text('query') ?? '' });
  session.print(String(answer.count));
  return 0;
}
