import type { Stack } from '../stack/start-stack.ts';
import { colors } from './colors.ts';
import { psqlCommand } from './psql.ts';

/** What somebody who has seen the demo may do next; `keep` says whether its servers stay up. */
export function whereToLook({ databaseUrl, temporalUiUrl }: Stack, home: string, keep: boolean): string {
  const now = [
    `  ${psqlCommand(databaseUrl, home)} -c 'table yellow_tripdata_lineage limit 5'`,
    ...(temporalUiUrl === null ? [] : [`  ${temporalUiUrl}  every load as a workflow, step by step`]),
    '  Ctrl-C ends it.',
  ];
  const next = [
    '  npm run demo             again: every month is skipped, since its file is in',
    '  npm run demo -- --keep   leaves PostgreSQL and the Temporal UI up to look into',
    '  npx fareflow dev         real months; then: npx fareflow load green 2021-03',
  ];
  return ['', colors.bold('Where to look next'), ...(keep ? now : next)].join('\n');
}
