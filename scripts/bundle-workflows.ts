/** Bundles the workflows once, so that a worker starts without webpack: `dist/workflow-bundle.js`. */
import { chmod, writeFile } from 'node:fs/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowSources } from './workflow-sources.ts';

const { code } = await bundleWorkflowCode({ ...workflowSources, logger: new DefaultLogger('WARN') });
await writeFile(new URL('../dist/workflow-bundle.js', import.meta.url), code);
// npm does this where it installs the package, but not in a clone.
await chmod(new URL('../dist/client.js', import.meta.url), 0o755);
