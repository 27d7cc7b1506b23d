import { createHash } from 'node:crypto';
import { maxHashedRows, type ResultColumn } from '../../model/queries.ts';
import { valueHash } from '../../model/value-hash.ts';
import { type ColumnDescription, dataRowBody } from './wire-bodies.ts';
import { valueText } from './wire-values.ts';

/** How much of one row is kept for the moment in which its values are hashed. */
const maxRowBytes = 1 << 20;

/** What a result was: {@link ResultColumn} and the hash of all its rows, which themselves are not kept. */
interface ResultSummary {
  readonly rows: number;
  readonly bytes: number;
  readonly columns: readonly ResultColumn[];
  readonly resultHash: string;
}

/** Summarises the rows of one result while they pass. */
export interface ResultCollector {
  /** How many bytes of the next row are wanted whole. */
  wanted(): number;
  /** The next piece of a row, in order; also bytes that COPY sends out. */
  piece(bytes: Buffer): void;
  row(head: Buffer): void;
  summary(): ResultSummary;
}

/** `columns` is `undefined` where RowDescription was never seen: then rows are counted and hashed as a whole only. */
export function collectResult(
  columns: readonly ColumnDescription[] | undefined,
  resultFormats: readonly number[] | undefined,
): ResultCollector {
  const hash = createHash('sha1');
  const valueHashes = columns?.map((): string[] => []) ?? [];
  const hashedBytes = columns?.map(() => 0) ?? [];
  let described = columns ?? [];
  let rows = 0;
  let bytes = 0;

  const hashValues = (head: Buffer): void => {
    const values = dataRowBody(head);
    if (values.length !== described.length) {
      // The table was altered since the description that this client still has.
      described = [];
      return;
    }
    values.forEach((value, index) => {
      const column = described[index];
      if (!column) return;
      hashedBytes[index] = (hashedBytes[index] ?? 0) + (value?.length ?? 0);
      const format = formatAt(resultFormats, index) ?? column.format;
      valueHashes[index]?.push(value === undefined ? '' : valueHash(valueText(value, format, column.typeOid)));
    });
  };

  return {
    wanted: () => (described.length > 0 && rows < maxHashedRows ? maxRowBytes : 0),
    piece(piece) {
      bytes += piece.length;
      hash.update(piece);
    },
    row(head) {
      if (described.length > 0 && rows < maxHashedRows) hashValues(head);
      rows += 1;
    },
    summary: () => ({
      rows,
      bytes,
      columns: described.map(({ name, tableOid, columnNumber, typeOid }, index) => ({
        name,
        tableOid,
        columnNumber,
        typeOid,
        valueHashes: valueHashes[index] ?? [],
        hashedBytes: hashedBytes[index] ?? 0,
      })),
      resultHash: hash.digest('hex'),
    }),
  };
}

/** The format of field `index` in Bind's notation: none means text for all, one means it for all. */
export function formatAt(formats: readonly number[] | undefined, index: number): number | undefined {
  if (!formats) return undefined;
  return (formats.length === 1 ? formats[0] : formats[index]) ?? 0;
}
