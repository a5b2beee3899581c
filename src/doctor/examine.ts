/** All checks of `fareflow doctor`, in the order in which things depend on each other. */
import type { Config } from '../config.ts';
import { examineDisk } from './disk.ts';
import type { Finding } from './finding.ts';
import { examinePostgres } from './postgres.ts';
import { examineSources } from './sources.ts';
import { examineTemporal } from './temporal.ts';

/** Checks all that a worker with this configuration needs; it changes nothing. */
export async function examine(config: Config): Promise<Finding[]> {
  const findings = await Promise.all([
    examineTemporal(config),
    examinePostgres(config),
    examineDisk(config.cacheDirectory),
    examineSources(config),
  ]);
  return findings.flat();
}
