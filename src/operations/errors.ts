import { isGrpcServiceError, NamespaceNotFoundError, ServiceError } from '@temporalio/client';

/** Something that the user can understand and mend; shown as one line, without a stack. */
export class UserError extends Error {
  override name = 'UserError';
}

/** The last word of an error that hides what happened behind a cause or several errors at once. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.message === '' && error.cause !== undefined) return reasonOf(error.cause);
  // The native client shows the insides of its errors; what happened is the last message in them.
  const inner = /^tonic::.*message: "([^"]+)"/s.exec(error.message)?.[1];
  return inner ?? error.message;
}

/** Temporal's refusals as what a user can understand and mend; every other error as it is. */
export function explained(error: unknown): unknown {
  if (error instanceof NamespaceNotFoundError) return noNamespace(error.namespace);
  const refusal = error instanceof ServiceError ? (error.cause ?? error) : error;
  if (!isGrpcServiceError(refusal) && !(error instanceof ServiceError)) return error;
  const reason = isGrpcServiceError(refusal) ? refusal.details || refusal.message : reasonOf(refusal);
  const advice = /search attribute/i.test(reason)
    ? '; start a worker, which makes what is missing'
    : '; a load that runs goes on, see `fareflow status`';
  return new UserError(`Temporal refused or went away (${reason})${advice}`);
}

/** The one line for a namespace that Temporal does not have. */
export function noNamespace(namespace: string): UserError {
  return new UserError(`Temporal has no namespace "${namespace}"; check TEMPORAL_NAMESPACE`);
}
