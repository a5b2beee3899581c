/** How to reach Temporal, in tctl's flags and in the variables that everything since then reads. */
import type { Flags } from './parse.ts';

const VARIABLES: Readonly<Record<string, string>> = {
  address: 'TEMPORAL_ADDRESS',
  namespace: 'TEMPORAL_NAMESPACE',
  auth: 'TEMPORAL_GRPC_META_AUTHORIZATION',
  tls_cert_path: 'TEMPORAL_TLS_CLIENT_CERT_PATH',
  tls_key_path: 'TEMPORAL_TLS_CLIENT_KEY_PATH',
  tls_ca_path: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  tls_server_name: 'TEMPORAL_TLS_SERVER_NAME',
};

/** Where tctl looks for Temporal. */
const DEFAULT_ADDRESS = '127.0.0.1:7233';

/** The `TEMPORAL_*` variables that say what these flags say. */
export function temporalVariables(flags: Flags): Record<string, string> {
  const given = Object.entries(VARIABLES).flatMap(([name, variable]) => {
    const value = flags.text(name);
    return value === undefined ? [] : [[variable, value] as const];
  });
  const said = Object.fromEntries(given);
  const tls = given.some(([variable]) => variable.startsWith('TEMPORAL_TLS_'));
  // What is said of how to connect is not said of a server that was only found.
  const isForServer = tls || 'TEMPORAL_GRPC_META_AUTHORIZATION' in said;
  return {
    ...(isForServer ? { TEMPORAL_ADDRESS: DEFAULT_ADDRESS } : {}),
    ...said,
    ...(tls ? { TEMPORAL_TLS: 'true' } : {}),
  };
}
