import type { MonthString, SourceFormat } from '../contract.ts';
import { type Dataset, getDataset, type Layout } from '../datasets/index.ts';
import type { MirroredDataset } from './trip-file-options.ts';

/** How the TLC wrote the files of a layout, from some month on. */
export interface WrittenLayout {
  layout: Layout;
  from: MonthString;
  /** The header's line end; rows always end with CRLF. */
  headerEnd: '\n' | '\r\n';
  /** Empty lines behind the header. */
  emptyLines: '' | '\r\n' | '\n\r\n';
  /** Empty fields without a name at the end of every row. */
  surplusFields: number;
  /** Every name and value in quotes, also those that are not there. */
  quoted: boolean;
  /** Numbers with all the digits of their binary form, such as `2.6299999999999999`. */
  allDigits: boolean;
  /** What stands before every name but the first, and behind the last. */
  spaces: { before: '' | ' '; behind: '' | ' ' };
}

type Details = Partial<Omit<WrittenLayout, 'layout' | 'from'>>;
/** First month, name of the layout, and what is odd about it. */
type Period = readonly [from: MonthString, layout: string, details?: Details];

const blankSecondLine: Details = { headerEnd: '\n', emptyLines: '\r\n' };
const spaceBehind: Details = { spaces: { before: '', behind: ' ' } };
const green2013: Details = { ...blankSecondLine, ...spaceBehind, surplusFields: 2 };
const allDigits: Details = { ...blankSecondLine, allDigits: true };

/** As seen in the files, the latest first. */
const periods: Readonly<Record<MirroredDataset, Readonly<Record<SourceFormat, readonly Period[]>>>> = {
  yellow: {
    csv: [
      ['2019-01', '2019 and later'],
      ['2017-01', '2016-07 to 2018', blankSecondLine],
      ['2016-07', '2016-07 to 2018', { surplusFields: 2 }],
      ['2015-07', '2015-07 to 2016-06'],
      ['2015-01', '2015-01 to 2015-06'],
      ['2014-01', '2010 to 2014', { ...allDigits, spaces: { before: ' ', behind: '' } }],
      ['2010-01', '2010 to 2014', allDigits],
      ['2009-01', '2009', allDigits],
    ],
    parquet: [
      ['2025-01', '2025 and later'],
      ['2023-02', '2023-02 to 2024'],
      ['2011-01', '2011 to 2023-01'],
      ['2010-01', '2010'],
      ['2009-01', '2009'],
    ],
  },
  green: {
    csv: [
      ['2019-01', '2019 and later'],
      ['2017-01', '2016-07 to 2018', blankSecondLine],
      ['2016-07', '2016-07 to 2018', { ...blankSecondLine, surplusFields: 2 }],
      ['2016-01', '2015-01 to 2016-06', { ...blankSecondLine, ...spaceBehind }],
      ['2015-07', '2015-01 to 2016-06', spaceBehind],
      ['2015-01', '2015-01 to 2016-06', { ...spaceBehind, surplusFields: 2 }],
      ['2014-01', '2013-08 to 2014', { ...green2013, emptyLines: '\n\r\n' }],
      ['2013-08', '2013-08 to 2014', green2013],
    ],
    parquet: [
      ['2025-01', '2025 and later'],
      ['2014-01', '2014 to 2024'],
    ],
  },
  fhv: {
    csv: [
      ['2020-07', 'as republished in 2022'],
      ['2019-01', '2019 and later'],
      ['2018-01', '2018', { quoted: true }],
      ['2017-07', '2017-07 to 2017-12', { quoted: true }],
      ['2017-01', '2017-01 to 2017-06'],
      ['2015-01', '2015 and 2016'],
    ],
    parquet: [['2015-01', '2015 and later']],
  },
  fhvhv: {
    csv: [['2019-02', 'until 2021']],
    parquet: [
      ['2025-01', '2025 and later'],
      ['2019-02', '2019-02 to 2024'],
    ],
  },
};

/**
 * How a month's file was written; or how the files of the layout of that name were, in that month if they were then.
 * Throws a RangeError for a layout that the data set does not have in this format.
 */
export function findWrittenLayout(
  name: MirroredDataset,
  format: SourceFormat,
  month: MonthString,
  layoutName?: string,
): WrittenLayout {
  const dataset = getDataset(name);
  const candidates = periods[name][format].filter(([, of]) => layoutName === undefined || of === layoutName);
  const period = candidates.find(([from]) => from <= month) ?? candidates.at(-1);
  const [from = month, of = layoutName, details = {}] = period ?? [];
  return {
    headerEnd: '\r\n',
    emptyLines: '',
    surplusFields: 0,
    quoted: false,
    allDigits: false,
    spaces: { before: '', behind: '' },
    ...details,
    from,
    layout: getLayout(dataset, format, of ?? ''),
  };
}

function getLayout(dataset: Dataset, format: SourceFormat, name: string): Layout {
  const layouts = dataset.layouts.filter((layout) => layout.format === format);
  const layout = layouts.find((candidate) => candidate.name === name);
  if (layout === undefined) {
    const names = layouts.map((candidate) => `"${candidate.name}"`).join(', ');
    throw new RangeError(`${dataset.name} has no ${format} layout "${name}"; there are ${names}`);
  }
  return layout;
}

/** The names of a file's columns, each with the column that it fills or null. */
export function namesOf({ layout }: WrittenLayout): [name: string, column: string | null][] {
  return [
    ...Object.entries(layout.columns),
    ...(layout.format === 'csv' ? (layout.ignored ?? []) : []).map((name) => [name, null] as [string, null]),
  ];
}

/** The header line, and what follows it before the first row. */
export function headerOf(written: WrittenLayout): string {
  const { spaces, quoted, headerEnd, emptyLines } = written;
  const names = namesOf(written).map(([name]) => (quoted ? `"${name}"` : name));
  return `${names.join(`,${spaces.before}`)}${spaces.behind}${headerEnd}${emptyLines}`;
}
