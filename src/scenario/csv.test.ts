import { describe, expect, it } from 'vitest';
import { parseCsv } from './csv.ts';

function fieldsOf(text: string): readonly (readonly string[])[] {
  const result = parseCsv(text);
  if ('error' in result) throw new Error(result.error);
  return result.records.map((record) => record.fields);
}

describe('parseCsv', () => {
  it.each<readonly [string, string, readonly (readonly string[])[]]>([
    [
      'LF and CRLF',
      'a,b\r\n1,2\n3,4',
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['one line end after the last record or none', 'a\nb\n', [['a'], ['b']]],
    ['quoted commas, quotes and line ends', '"a,b","c""d","e\r\nf"\n', [['a,b', 'c"d', 'e\r\nf']]],
    [
      'empty fields, also at the end',
      ',a,\n,,\n',
      [
        ['', 'a', ''],
        ['', '', ''],
      ],
    ],
    ['an empty field at the end of the text', 'a,', [['a', '']]],
    ['an empty quoted field', '"",a\n""', [['', 'a'], ['']]],
    ['blank lines, which it passes over', '\n\na\n\r\n\nb\n\n', [['a'], ['b']]],
    ['a quote inside of a bare field', 'a"b,c', [['a"b', 'c']]],
    ['spaces, which belong to the field', ' a , b ', [[' a ', ' b ']]],
    ['a bare carriage return, which ends no line', 'a\rb', [['a\rb']]],
    ['nothing', '', []],
  ])('reads %s', (_, text, fields) => {
    expect(fieldsOf(text)).toEqual(fields);
  });

  it('counts the lines in quoted fields', () => {
    expect(parseCsv('a\n"b\n\nc"\nd\n')).toEqual({
      records: [
        { line: 1, fields: ['a'] },
        { line: 2, fields: ['b\n\nc'] },
        { line: 5, fields: ['d'] },
      ],
    });
  });

  it('says where a quote is open, or text follows one', () => {
    expect(parseCsv('a\n"b\nc')).toEqual({ error: 'the quote that begins in line 2 is not closed' });
    expect(parseCsv('a\n"b"c,d')).toEqual({ error: 'line 2 has text between a closing quote and the next comma' });
  });

  it('reads megabytes of quotes without giving up', () => {
    expect(fieldsOf(`"${'""'.repeat(1_000_000)}"`)[0]?.[0]).toHaveLength(1_000_000);
    expect(parseCsv('"'.repeat(1_000_001))).toHaveProperty('error');
  });
});
