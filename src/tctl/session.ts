/** What every translated command works with. */
import type { WorkflowService } from '@temporalio/client';
import type { Flags } from './parse.ts';

/** One invocation that talks to Temporal. */
export interface Session {
  service: WorkflowService;
  namespace: string;
  /** Whoever asks, for the histories. */
  identity: string;
  flags: Flags;
  /** The workflow id and run id that stand after the flags of `showid` and its like. */
  operands: readonly string[];
  /** Writes to stdout. */
  print: (text: string) => void;
}

/** The run that the flags, or the words behind them, name; the newest of its workflow if they name none. */
export function executionOf({ flags, operands }: Session): { workflowId: string; runId: string } {
  const [workflowId = flags.required('workflow_id'), runId = flags.text('run_id') ?? ''] = operands;
  return { workflowId, runId };
}
