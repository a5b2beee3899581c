import type { Stack } from '../stack/start-stack.ts';

/** The environment in which a worker finds an embedded stack; the rest is the caller's own. */
export function workerEnvironment(stack: Stack, home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DATABASE_URL: stack.databaseUrl,
    TEMPORAL_ADDRESS: stack.temporalAddress,
    TEMPORAL_NAMESPACE: stack.namespace,
    FAREFLOW_HOME: home,
  };
}
