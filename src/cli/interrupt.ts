const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The next time somebody wants this process to end. */
export interface Interruption {
  promise: Promise<undefined>;
  signal: AbortSignal;
  /** Lets signals do what they do by default again. */
  ignore(): void;
}

/** Catches the signals that ask a process to end, until the first has come. */
export function untilInterrupted(): Interruption {
  const controller = new AbortController();
  let ignore = () => {};
  const promise = new Promise<undefined>((resolve) => {
    const interrupt = (name: string) => {
      ignore();
      controller.abort(new Error(`interrupted by ${name}`));
      resolve(undefined);
    };
    for (const name of SIGNALS) process.once(name, interrupt);
    ignore = () => SIGNALS.forEach((name) => process.off(name, interrupt));
  });
  return { promise, signal: controller.signal, ignore: () => ignore() };
}
