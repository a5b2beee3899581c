/** Why a month cannot be verified, in one line. */
export class VerifyError extends Error {
  override name = 'VerifyError';
}
