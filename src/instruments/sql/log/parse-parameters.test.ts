import { describe, expect, it } from 'vitest';
import { parseParameters } from './parse-parameters.ts';

describe('parseParameters', () => {
  it.each([
    ["Parameters: $1 = 'it''s, ok', $2 = NULL", ["it's, ok", null]],
    ["parameters: $1 = 'a'", ['a']],
    ["paramètres : $1 = ''", ['']],
    ["Parameters: $1 = ''', $2 = ''x', $2 = 'y'", ["', $2 = 'x", 'y']],
    ["Parameters: $1 = 'NULL', $2 = NULL, $3 = 'a\nb'", ['NULL', null, 'a\nb']],
    ["unnamed portal with parameters: $1 = '1'", ['1']],
    [
      `Parameters: ${Array.from({ length: 12 }, (_, i) => `$${i + 1} = '${i}'`).join(', ')}`,
      [...'0123456789', '10', '11'],
    ],
  ])('reads %j', (text, values) => {
    expect(parseParameters(text)).toEqual({ values, cut: [] });
  });

  it('marks the values that the server cut', () => {
    expect(parseParameters("Parameters: $1 = 'abc...', $2 = '1'")).toEqual({ values: ['abc...', '1'], cut: [0] });
  });

  it('keeps what is there of a list that ends too early', () => {
    expect(parseParameters("Parameters: $1 = '1', $2 = 'unfinish")).toEqual({ values: ['1', 'unfinish'], cut: [1] });
    expect(parseParameters("Parameters: $1 = '1', $2")).toEqual({ values: ['1'], cut: [] });
  });

  it.each(['Key (id)=(1) already exists.', 'prepare: PREPARE s AS SELECT $1 = 1', '', 'Parameters:'])(
    'finds none in %j',
    (text) => {
      expect(parseParameters(text)).toBeUndefined();
    },
  );
});
