import { describe, expect, it } from 'vitest';
import { rowReaders } from './data-rows.ts';

const read = (extension: string, text: string) => rowReaders[extension]?.(text);

describe('NDJSON', () => {
  it('gives a row for each line, with LF or CRLF, and passes over blank lines', () => {
    const rows = [
      { id: '1', name: 'Ada, "A"' },
      { id: '2', name: '' },
    ];
    expect(read('.ndjson', '{"id":1,"name":"Ada, \\"A\\""}\r\n\n  \n{"name":null,"id":2}')).toEqual(rows);
    expect(read('.jsonl', '"a"\n7\ntrue\n')).toEqual([{ '': 'a' }, { '': '7' }, { '': 'true' }]);
  });

  it.each([
    ['{"id":1}\n\n{"id":', /^line 3 is not JSON \(.+\)$/],
    ['{"id":1}\n{"id":2}]', /^line 2 is not JSON/],
    ['{"id":1}\n\n{"name":2}', /^line 3 has other fields than the first one$/],
    ['{"id":1}\n[2]', /^line 2: it is a list, and a row is a map or a plain value$/],
    ['{"id":{}}', /^line 1: "id" is neither text, number nor boolean$/],
    ['{}', /^line 1 has no fields$/],
  ])('%j is refused by its line', (text, error) => {
    expect(read('.ndjson', text)).toEqual({ error: expect.stringMatching(error) });
  });
});

describe('other data', () => {
  it.each([
    ['.csv', '', 'it is empty'],
    ['.csv', 'id,name\n', 'it has a header and no rows'],
    ['.csv', 'id,id\n1,2\n', 'its header names "id" twice'],
    ['.csv', 'id,\n1,2\n', 'a column of its header has no name'],
    ['.csv', 'id,name\n"1\n1",a\n2\n', 'line 4 has 1 field, and its header 2'],
    ['.json', '{}', 'it is not a list'],
    ['.json', '[1, [2]]', 'row 2: it is a list, and a row is a map or a plain value'],
    ['.json', '[{"a":1}, {"b":1}]', 'row 2 has other fields than the first one'],
  ])('%s with %j is refused', (extension, text, error) => {
    expect(read(extension, text)).toEqual({ error });
  });
});
