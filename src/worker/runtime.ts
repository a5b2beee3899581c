import type { MetricMeter } from '@temporalio/common';
import { makeTelemetryFilterString, Runtime, type RuntimeOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { reasonOf, UserError } from '../operations/errors.ts';
import { DEFAULT_METRICS_ADDRESS, OFF } from './addresses.ts';
import { temporalLogger } from './logging.ts';
import { histogramBuckets } from './metrics.ts';

/**
 * Installs the SDK's runtime with this log, and metrics at an address: by default for this machine only. Where nobody has
 * asked for them and the port is taken, by another worker as a rule, it does without. Returns what metrics are made with.
 */
export function installRuntime(address: string | undefined, logger: Logger): MetricMeter {
  try {
    Runtime.install(
      runtimeOptions(address === OFF ? undefined : (address ?? DEFAULT_METRICS_ADDRESS), logger),
    );
  } catch (error) {
    if (address !== undefined) {
      throw new UserError(
        `metrics cannot be served at ${address} (${reasonOf(error)}); FAREFLOW_METRICS_ADDRESS must be an IP address of this host and a free port`,
      );
    }
    logger.info(`metrics are not served: ${reasonOf(error)}; FAREFLOW_METRICS_ADDRESS names another address`);
    Runtime.install(runtimeOptions(undefined, logger));
  }
  return Runtime.instance().metricMeter;
}

function runtimeOptions(bindAddress: string | undefined, logger: Logger): RuntimeOptions {
  const prometheus = {
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
    histogramBucketOverrides: histogramBuckets,
  };
  return {
    logger: temporalLogger(logger),
    // The SDK would take the first signal and leave the second to the system, which npm sends along with the first.
    shutdownSignals: [],
    telemetryOptions: {
      // The SDK's native part would write lines of its own kind to stdout.
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(bindAddress === undefined
        ? {}
        : { metrics: { attachServiceName: false, prometheus: { bindAddress, ...prometheus } } }),
    },
  };
}
