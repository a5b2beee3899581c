/**
 * Spans for OpenTelemetry, where the process was started with an SDK of it (`--require
 * @opentelemetry/auto-instrumentations-node/register`); without one its API does nothing.
 *
 * A load is one trace, whichever workers its steps ran on: the trace's id is the workflow's run id without its dashes.
 * The SDK's own interceptors would put a context into the headers of every command, and so into histories that have
 * to be replayed for years. The API must not be newer than the one that the SDK was made with, or it stays silent.
 */
import { context, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Context } from '@temporalio/activity';
import type { Phase } from './phase.ts';
import { version } from '../version.ts';

/** Does some work inside a span of the load's trace. */
export async function inSpan<T>(
  { workflowExecution, taskQueue, attempt }: Context['info'],
  { dataset, month, phase }: { dataset: string; month: string; phase: Phase },
  work: () => Promise<T>,
): Promise<T> {
  const tracer = trace.getTracer('fareflow', version);
  const { workflowId = '', runId = '' } = workflowExecution ?? {};
  const attributes = {
    'fareflow.dataset': dataset,
    'fareflow.month': month,
    'fareflow.phase': phase,
    'temporal.workflow_id': workflowId,
    'temporal.run_id': runId,
    'temporal.task_queue': taskQueue,
    'temporal.attempt': attempt,
  };
  const name = `${phase} ${dataset} ${month}`;
  return tracer.startActiveSpan(
    name,
    { kind: SpanKind.CONSUMER, attributes },
    loadContext(runId),
    async (span) => {
      try {
        return await work();
      } catch (error) {
        span.recordException(error instanceof Error ? error : String(error));
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
  );
}

/** The context of a load's trace; its first span is the workflow itself, of which only the id is told. */
function loadContext(runId: string) {
  const traceId = runId.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(traceId)) return context.active();
  const root = { traceId, spanId: traceId.slice(16), traceFlags: TraceFlags.SAMPLED, isRemote: true };
  return trace.setSpanContext(context.active(), root);
}
