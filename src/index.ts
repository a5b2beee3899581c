/**
 * fareflow as a library: its activities and workflows in a worker of your own. Workflow files of your own import from
 * `fareflow/workflows` and `fareflow/contract`, which may be bundled; this module is for everything outside of them.
 */
export * from './contract.ts';
export * from './workflows/index.ts';

export { type Activities, createActivities } from './activities/index.ts';
export type { Deps as ActivityDeps } from './activities/deps.ts';
export { connectionsFor } from './database/connections.ts';
export { type ActivitySettings, createDeps } from './worker/activity-deps.ts';
export { startJanitor, type JanitorDeps } from './worker/janitor.ts';
export { ensureSearchAttributes } from './worker/search-attributes.ts';
export { workflowBundle } from './worker/workflow-bundle.ts';

export { DatabaseTooNewError, migrate } from './database/migrate.ts';
export { createPool, type Pool } from './database/pool.ts';
export { InputError } from './inputs.ts';
export { type LoadRequest, planLoad, type StartedLoad, startLoad } from './operations/start-load.ts';
export { version } from './version.ts';
