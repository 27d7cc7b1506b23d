import { expect, test } from 'vitest';
import { valueHash } from '../../model/value-hash.ts';
import { collectResult } from './wire-result.ts';

/** The body of a DataRow with these values, `null` for NULL. */
function dataRow(values: readonly (string | null)[]): Buffer {
  const parts = values.flatMap((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value));
    return value === null ? [length] : [length, Buffer.from(value)];
  });
  const count = Buffer.alloc(2);
  count.writeInt16BE(values.length);
  return Buffer.concat([count, ...parts]);
}

test('the bytes of each column are counted as they came, and NULL has none', () => {
  const column = { tableOid: 0, columnNumber: 0, typeOid: 25, format: 0 };
  const collector = collectResult(
    [
      { name: 'title', ...column },
      { name: 'body', ...column },
    ],
    undefined,
  );
  for (const row of [
    ['one', 'ä'.repeat(10)],
    ['two', null],
  ]) {
    const bytes = dataRow(row);
    collector.piece(bytes);
    collector.row(bytes);
  }
  expect(collector.summary().columns).toMatchObject([
    { name: 'title', hashedBytes: 6, valueHashes: [valueHash('one'), valueHash('two')] },
    { name: 'body', hashedBytes: 20, valueHashes: [valueHash('ä'.repeat(10)), ''] },
  ]);
});
