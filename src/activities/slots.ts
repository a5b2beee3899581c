/** At most `limit` users at a time, first come first served. */
export interface Slots {
  /** Runs `work` once a slot is free; throws the signal's reason if it aborts before. */
  use<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** Slots within this process. A step that waits for one has begun, so its worker counts as alive. */
export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting: (() => void)[] = [];

  async function take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (free > 0) {
      free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const granted = () => {
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        waiting.splice(waiting.indexOf(granted), 1);
        reject(signal.reason as Error);
      };
      waiting.push(granted);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  function giveBack(): void {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }

  return {
    async use(signal, work) {
      await take(signal);
      try {
        return await work();
      } finally {
        giveBack();
      }
    },
  };
}
