import { cpus, release, totalmem } from 'node:os';

/** What a reader needs to know of the machine that figures come from. */
export function describeMachine(): Record<string, string | number> {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${release()} ${process.arch}`,
    date: new Date().toISOString().slice(0, 10),
  };
}
