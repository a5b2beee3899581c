import type { NativeConnection } from '@temporalio/worker';
import { SearchAttribute } from '../contract.ts';
import { noNamespace, reasonOf, UserError } from '../operations/errors.ts';

/** `temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` */
const KEYWORD = 2;
/** gRPC's status of that name. */
const NOT_FOUND = 5;

/**
 * Makes the search attributes that loads set, where the namespace lacks them: without them every workflow task
 * would fail. Where this connection may not (Temporal Cloud), the error holds the commands that do.
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const wanted = Object.values(SearchAttribute);
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = wanted.filter((name) => !(name in customAttributes));
    if (missing.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) throw noNamespace(namespace);
    const names = wanted.map((name) => `--name ${name} --type Keyword`).join(' ');
    throw new UserError(
      `the search attributes ${wanted.join(', ')} could not be made (${reasonOf(error)}); run \`temporal operator search-attribute create --namespace ${namespace} ${names}\``,
    );
  }
}
