import { fileURLToPath } from 'node:url';

const pathOf = (file: string) => fileURLToPath(new URL(`../src/workflows/${file}`, import.meta.url));

/** What every bundle of this tree's workflows is made of. */
export const workflowSources = {
  workflowsPath: pathOf('index.ts'),
  payloadConverterPath: pathOf('payload-converter.ts'),
};
