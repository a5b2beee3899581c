import { pino, type Logger as PinoLogger } from 'pino';
import type { Logger, LogLevel as TemporalLevel, LogMetadata } from '@temporalio/worker';
import type { LogLevel } from '../config.ts';

/** What people do not look for in a line, since its words or other fields say it. */
const NOISE = [
  'sdkComponent',
  'taskToken',
  'namespace',
  'taskQueue',
  'runId',
  'workflowRunId',
  'workflowType',
  'activityId',
  'activityType',
  'isLocal',
];

/** JSON lines on stderr; on a terminal, lines for people. */
export function createLogger(level: LogLevel, pretty: boolean): PinoLogger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // The SDK's name for it; what is in an error is nothing that JSON shows by itself.
      serializers: { error: pino.stdSerializers.err },
    },
    pretty
      ? (pino.transport({
          target: 'pino-pretty',
          options: { destination: 2, ignore: NOISE.join(',') },
        }) as pino.DestinationStream)
      : pino.destination(2),
  );
}

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Lets the SDK write into the same log. */
export function temporalLogger(logger: PinoLogger): Logger {
  const write = (level: TemporalLevel, message: string, meta: LogMetadata = {}) =>
    logger[levels[level]](meta, message);
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
