/** Every workflow of this worker: fareflow's and our own. */
export * from 'fareflow/workflows';
export { announcedLoad } from './announced-load.ts';
