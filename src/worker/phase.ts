/** The phases of a load, as people know them; others are clearing up and waiting. */
export type Phase = 'download' | 'copy' | 'hash' | 'merge' | 'cleanup' | 'wait';

const PHASES: Record<string, Phase> = {
  download: 'download',
  copyToStaging: 'copy',
  hashStaging: 'hash',
  mergeStaging: 'merge',
  dropStaging: 'cleanup',
  awaitLoad: 'wait',
  awaitTurn: 'wait',
};

/** The phase that an activity is; undefined for one that is part of no load. */
export function phaseOf(activityType: string): Phase | undefined {
  return PHASES[activityType];
}
