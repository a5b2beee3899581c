import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // The SDK's native module wants processes, not threads.
    pool: 'forks',
    maxWorkers: 4,
    // No file changes what its process shares; each would take a second or two to load the SDK anew.
    isolate: false,
    // For what hangs: a busy machine may take its time.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
