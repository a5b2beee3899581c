import { fileURLToPath } from 'node:url';

/** The workflows as they were bundled with this build, for a worker that registers no others. */
export const workflowBundle = { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) };
