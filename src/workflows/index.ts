/** Exactly the workflows that can be started; the worker registers every export of this file. */
export { loadMonth } from './load-month.ts';
export { loadMonths } from './load-months.ts';
export { resetMonth } from './reset-month.ts';
export { scheduledLoad } from './scheduled-load.ts';
