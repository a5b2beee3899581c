/** Something that the user can understand and mend; shown as one line, without a stack. */
export class UserError extends Error {
  override name = 'UserError';
}

/** The last word of an error that hides what happened behind a cause or several errors at once. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && error.cause !== undefined ? reasonOf(error.cause) : error.message;
}
