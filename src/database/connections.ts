/** How many connections of the warehouse a worker takes. */

/** Two connections keep two cores busy; more gain nothing on the machines measured. */
export const COPY_CONNECTIONS = 2;
export const DEFAULT_STEPS = 16;
export const DEFAULT_COPIES = 2;
/** What looks around beside the steps: the janitor, cancellations. */
const FURTHER_CONNECTIONS = 4;

/** The most that a worker opens which works on so many steps and copies at a time. */
export function connectionsFor(steps = DEFAULT_STEPS, copies = DEFAULT_COPIES): number {
  return steps + copies * COPY_CONNECTIONS + FURTHER_CONNECTIONS;
}
