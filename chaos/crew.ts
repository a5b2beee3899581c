/** The workers of a site: those that are as a run wants them stay, the others are ended and new ones started. */
import type { Program } from './program.ts';
import { type Clock, startWorkerPlace, type WorkerPlace } from './workers.ts';

/** What a run wants of a worker. */
export interface Berth {
  home: string;
  cacheDirectory: string;
  clock: Clock;
  logFile: string;
}

export interface Crew {
  /** One worker a berth; those that are new are starting when this resolves. */
  assemble(berths: readonly Berth[]): Promise<WorkerPlace[]>;
  /** Ends all; says how those ended that did not end well. */
  end(): Promise<string[]>;
}

export function createCrew(program: Program, envOf: (i: number) => Record<string, string>): Crew {
  let places: WorkerPlace[] = [];

  async function dismiss(leaving: readonly WorkerPlace[]): Promise<string[]> {
    const ends = await Promise.all(leaving.map((place) => place.end()));
    return ends.flatMap((end) =>
      end === 'well' ? [] : [`a worker that was told to stop ended with ${end}`],
    );
  }

  return {
    async assemble(berths) {
      const staying = berths.map((berth, i) => {
        const place = places[i];
        return place !== undefined && fits(place, berth) ? place : undefined;
      });
      const ends = await dismiss(places.filter((place) => !staying.includes(place)));
      places = berths.map(
        (berth, i) => staying[i] ?? startWorkerPlace({ program: program.worker, env: envOf(i), ...berth }),
      );
      places.forEach((place, i) => place.beginRun((berths[i] as Berth).logFile));
      places[0]?.unexpected.push(...ends);
      return places;
    },
    end() {
      return dismiss(places);
    },
  };
}

/** A clock that was wrong once is right by now, or is to be wrong from the beginning. */
function fits(place: WorkerPlace, { home, cacheDirectory, clock }: Berth): boolean {
  const isRight = clock.offsetMs === 0 && place.clock.offsetMs === 0;
  return isRight && place.home === home && place.cacheDirectory === cacheDirectory;
}
