import proto from '@temporalio/proto';

type Failure = proto.temporal.api.failure.v1.IFailure;

// A CommonJS module, whose names Node cannot see.
const { TIMEOUT_TYPE_HEARTBEAT, TIMEOUT_TYPE_SCHEDULE_TO_START } = proto.temporal.api.enums.v1.TimeoutType;

/** What a failure in a history says, in the words of the step below it that failed. */
export function failureWords(failure: Failure): string {
  const timeout = failure.timeoutFailureInfo;
  if (timeout != null) {
    if (timeout.timeoutType === TIMEOUT_TYPE_HEARTBEAT) return 'its worker went silent';
    if (timeout.timeoutType === TIMEOUT_TYPE_SCHEDULE_TO_START) return 'no worker took it in time';
    return failure.message || 'it took too long';
  }
  const application = failure.applicationFailureInfo;
  if (application != null) {
    const named = application.nonRetryable === true && application.type;
    return named ? `${application.type}: ${failure.message}` : (failure.message ?? '');
  }
  if (failure.canceledFailureInfo != null) {
    return failure.message === 'WORKER_SHUTDOWN' ? 'its worker was stopped' : 'cancelled';
  }
  return failure.cause == null ? (failure.message ?? '') : failureWords(failure.cause);
}
