import type { Patch } from './program.ts';

/**
 * Every waiting time about a sixth of what it is, every pause before a retry a tenth: what must outlast what stays as
 * it is, so that the same things happen in the same order, sooner.
 */
export const impatience: readonly Patch[] = [
  {
    file: 'workflows/proxies.js',
    from: "heartbeatTimeout: '15 seconds'",
    to: "heartbeatTimeout: '2500 ms'",
    times: 2,
  },
  {
    file: 'workflows/proxies.js',
    from: "heartbeatTimeout: '30 seconds'",
    to: "heartbeatTimeout: '5 seconds'",
  },
  {
    file: 'workflows/proxies.js',
    from: "initialInterval: '1 second'",
    to: "initialInterval: '100 ms'",
    times: 3,
  },
  // Pauses that are short fill the same time only if there are more of them.
  { file: 'workflows/proxies.js', from: 'maximumAttempts: 12', to: 'maximumAttempts: 60' },
  { file: 'workflows/proxies.js', from: 'maximumAttempts: 10', to: 'maximumAttempts: 40' },
  { file: 'workflows/proxies.js', from: "maximumInterval: '2 minutes'", to: "maximumInterval: '12 seconds'" },
  { file: 'workflows/proxies.js', from: "maximumInterval: '1 minute'", to: "maximumInterval: '6 seconds'" },
  {
    file: 'workflows/proxies.js',
    from: "startToCloseTimeout: '1 minute'",
    to: "startToCloseTimeout: '8 seconds'",
  },
  { file: 'workflows/proxies.js', from: "HOST_GONE = '30 seconds'", to: "HOST_GONE = '5 seconds'" },
  {
    file: 'workflows/proxies.js',
    from: "startToCloseTimeout: '30 seconds'",
    to: "startToCloseTimeout: '5 seconds'",
    times: 2,
  },
  { file: 'activities/await-load.js', from: 'LOOK_EVERY_MS = 2_000', to: 'LOOK_EVERY_MS = 300' },
  {
    file: 'activities/copy-to-staging.js',
    from: 'STALLED_AFTER_MS = 30_000',
    to: 'STALLED_AFTER_MS = 5_000',
  },
  { file: 'activities/step.js', from: 'REPEAT_MS = 1_000', to: 'REPEAT_MS = 200' },
  { file: 'source/fetch-file.js', from: '_MS = 12_000', to: '_MS = 2_000' },
  { file: 'source/fetch-file.js', from: 'BEAT_MS = 5_000', to: 'BEAT_MS = 800' },
  { file: 'source/request.js', from: 'ANSWER_TIMEOUT_MS = 30_000', to: 'ANSWER_TIMEOUT_MS = 5_000' },
  { file: 'database/pool.js', from: 'CANCEL_EVERY_MS = 1_000', to: 'CANCEL_EVERY_MS = 200' },
  {
    file: 'worker/run-worker.js',
    from: "ThrottleInterval: '1 second'",
    to: "ThrottleInterval: '200 ms'",
    times: 2,
  },
  { file: 'worker/run-worker.js', from: 'shutdownGrace * 1000', to: '3_000' },
  // The SDK's ten seconds for a workflow's next task to go to the worker that has it in memory, and may be dead.
  {
    file: 'worker/run-worker.js',
    from: '(shutdownGrace + FORCE_AFTER_S) * 1000',
    to: "6_000, stickyQueueScheduleToStartTimeout: '1 second'",
  },
];
