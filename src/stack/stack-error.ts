/** A failure of the embedded stack; the message tells its user what failed, which file or process, and what to do. */
export class StackError extends Error {
  override name = 'StackError';
}
