import path from 'node:path';

/** The user's own cache, so that a second clone finds what the first one fetched or built. */
export function defaultCacheDirectory(env: NodeJS.ProcessEnv, homedir: string): string {
  const base = env['XDG_CACHE_HOME'];
  // The XDG specification: a relative path is invalid, and to be ignored.
  return path.join(base && path.isAbsolute(base) ? base : path.join(homedir, '.cache'), 'fareflow');
}
