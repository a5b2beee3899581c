/** Whether the sources of files answer, at addresses that a worker may fetch. */
import type { Config } from '../config.ts';
import { type Dataset, datasets, type Source } from '../datasets/index.ts';
import { WHOLE } from '../datasets/period.ts';
import { reasonOf } from '../operations/errors.ts';
import { createFetchPolicy } from '../source/allowed-hosts.ts';
import { effectiveSources } from '../source/choose.ts';
import { fillTemplate } from '../source/locate.ts';
import { HttpStatusError, requestFile } from '../source/request.ts';
import { failed, type Finding, ok, warning } from './finding.ts';

const ANSWER_MS = 10_000;
/** Every public source of every data set has this month. */
const SAMPLE = '2021-01';

/** Asks each host, or directory, for one file. */
export async function examineSources(config: Config): Promise<Finding[]> {
  const byPlace = new Map<string, { dataset: Dataset; source: Source }>();
  for (const dataset of datasets) {
    for (const source of effectiveSources(dataset, config)) {
      const place = placeOf(source);
      if (!byPlace.has(place)) byPlace.set(place, { dataset, source });
    }
  }
  return Promise.all(
    [...byPlace].map(([place, { dataset, source }]) => examineSource(place, dataset, source, config)),
  );
}

function placeOf({ urlTemplate }: Source): string {
  const { protocol, host } = new URL(urlTemplate);
  return protocol === 'file:' ? urlTemplate.slice(0, urlTemplate.search(/\{|$/)) : `${protocol}//${host}`;
}

/** A file that the source should have. */
function sampleOf(dataset: Dataset, { months, firstMonth }: Source): string {
  if (dataset.firstMonth === WHOLE) return WHOLE;
  return [SAMPLE, months?.from ?? SAMPLE, firstMonth ?? SAMPLE].sort().at(-1) ?? SAMPLE;
}

async function examineSource(
  place: string,
  dataset: Dataset,
  source: Source,
  config: Config,
): Promise<Finding> {
  const url = new URL(fillTemplate(source.urlTemplate, dataset.name, sampleOf(dataset, source)));
  const check = 'source';
  try {
    const policy = createFetchPolicy([source], config.allowedHosts);
    const answer = await requestFile(url, { policy, signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.kind === 'body') answer.body.destroy();
    return answer.kind === 'missing'
      ? warning(check, `${place} has no ${url.href}`, 'check the template, if it should have that month')
      : ok(check, `${place} answers`);
  } catch (error) {
    if (error instanceof HttpStatusError && error.status === 403) {
      return warning(
        check,
        `${place} answers 403 (Forbidden)`,
        'it may have had too many requests; try again later',
      );
    }
    return failed(
      check,
      `${place}: ${reasonOf(error)}`,
      'let this host through the firewall or proxy, or set FAREFLOW_CSV_URL and FAREFLOW_PARQUET_URL to a mirror',
    );
  }
}
