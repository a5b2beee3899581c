/** Loaded before a worker: its clock is wrong by some milliseconds, and steps back to what is right after others. */
import process from 'node:process';

const [offsetMs, rightAfterMs] = process.env.CHAOS_CLOCK.split(' ').map(Number);
const RealDate = Date;
const begun = RealDate.now();
const now = () => {
  const real = RealDate.now();
  return real - begun < rightAfterMs ? real + offsetMs : real;
};

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }

  static now() {
    return now();
  }
};
