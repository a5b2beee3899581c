/** Where a month's load stands, for everyone who asks: the query, the search attributes, Temporal's own UI. */
import {
  defineQuery,
  log,
  metricMeter,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { CachedFile } from '../activities/index.ts';
import {
  type LoadMonthInput,
  type LoadMonthStatus,
  type LoadPhase,
  type LoadReport,
  type PublicationStatus,
  SearchAttribute,
  STATUS_QUERY,
} from '../contract.ts';

/** Answers where the month's load stands. */
export const loadMonthStatus = defineQuery<LoadMonthStatus>(STATUS_QUERY);

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const loadStatus = keyword(SearchAttribute.LoadStatus);
const triggeredBy = keyword(SearchAttribute.TriggeredBy);

/** A load's progress, told step by step. */
export interface Progress {
  /** The file that was downloaded last, if any. */
  readonly file: CachedFile | undefined;
  readonly status: Readonly<LoadMonthStatus>;
  entered(phase: LoadPhase): void;
  downloaded(file: CachedFile): void;
  waits(publication: PublicationStatus): void;
  copied(rows: number): void;
  ended(report: LoadReport): void;
  failed(phase: 'failed' | 'cancelled', reason: string): void;
  /** The load ends without success, when all is cleared up and the ledger does not say otherwise. */
  gaveUp(outcome: 'failed' | 'cancelled'): void;
}

/** Sets up the query and the search attributes of a load, whoever started it, and keeps them up to date. */
export function reportProgress({ dataset, month }: LoadMonthInput): Progress {
  const status: LoadMonthStatus = {
    dataset,
    month,
    phase: 'starting',
    fileQueue: null,
    rowsCopied: null,
    report: null,
    error: null,
    publication: null,
  };
  let file: CachedFile | undefined;
  setHandler(loadMonthStatus, () => status, { description: 'Where the load of this month stands' });
  upsertSearchAttributes([
    { key: keyword(SearchAttribute.Dataset), value: dataset },
    { key: keyword(SearchAttribute.Month), value: month },
    { key: triggeredBy, value: starter() },
  ]);

  function enter(phase: LoadPhase): void {
    status.phase = phase;
    upsertSearchAttributes([{ key: loadStatus, value: phase }]);
    setCurrentDetails(describe(status, file));
  }

  function count(outcome: string): void {
    metricMeter.createCounter('fareflow_loads', '', 'Loads that ended, and how').add(1, { dataset, outcome });
    log.info(`load ended: ${outcome}`, { dataset, month, phase: outcome });
  }

  return {
    get file() {
      return file;
    },
    status,
    entered: enter,
    downloaded(downloaded) {
      file = downloaded;
      status.fileQueue = downloaded.fileQueue;
      status.publication = null;
    },
    waits(publication) {
      status.publication = publication;
      enter('waiting');
    },
    copied(rows) {
      status.rowsCopied = rows;
    },
    ended(report) {
      status.report = report;
      status.error = null;
      status.publication = null;
      enter(report.status);
      count(report.status);
    },
    failed(phase, reason) {
      status.error = reason;
      enter(phase);
    },
    gaveUp: count,
  };
}

/** Who started the workflow: what the starter says of itself, else how it came about. */
export function starter(): string {
  const { typedSearchAttributes, parent } = workflowInfo();
  return typedSearchAttributes.get(triggeredBy) ?? (parent === undefined ? 'manual' : 'loadMonths');
}

function describe(status: LoadMonthStatus, file: CachedFile | undefined): string {
  const lines = [`**${status.dataset} ${status.month}**: ${status.phase}`];
  if (file !== undefined) lines.push(`file: ${file.filename}, ${file.bytes} bytes, SHA-256 ${file.sha256}`);
  if (status.publication !== null) {
    const { lastAnswer, lastLookAt, nextLookAt, giveUpAt } = status.publication;
    lines.push(
      `not published yet: ${lastAnswer} at ${lastLookAt}; looks again at ${nextLookAt}, gives up at ${giveUpAt}`,
    );
  }
  if (status.rowsCopied !== null) lines.push(`rows in the file: ${status.rowsCopied}`);
  if (status.report !== null) {
    const { inserted, updated, unchanged, duplicates, removed, outsideMonth, phases } = status.report;
    lines.push(
      '| inserted | updated | unchanged | duplicates | removed | outside the month |',
      '| ---: | ---: | ---: | ---: | ---: | ---: |',
      `| ${inserted} | ${updated} | ${unchanged} | ${duplicates} | ${removed} | ${outsideMonth} |`,
      `milliseconds: download ${phases.download}, copy ${phases.copy}, hash ${phases.hash}, merge ${phases.merge}`,
    );
  }
  if (status.error !== null) lines.push(`error: ${status.error}`);
  return lines.join('\n\n').replaceAll('|\n\n|', '|\n|');
}
