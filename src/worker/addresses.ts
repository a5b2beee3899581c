/** Where a worker serves its metrics and its health unless it is told otherwise: for this machine only. */
export const DEFAULT_METRICS_ADDRESS = '127.0.0.1:9464';
export const DEFAULT_HEALTH_ADDRESS = '127.0.0.1:9465';
/** What an address is set to by whoever wants none. */
export const OFF = 'off';

/** `host:port` or `[IPv6]:port` in two. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}
