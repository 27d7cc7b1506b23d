import { query } from 'json-p3';
import { describe, expect, it } from 'vitest';
import { compileJsonPath } from './json-path.ts';

const document = JSON.parse(
  '{"a":{"b":[1,{"c":null},"x"],"length":7,"d e":true},"__proto__":{"own":1},"list":[[1,2],[3]],"text":"word","":0}',
);

describe('a JSONPath', () => {
  it.each([
    '$',
    '$.a.b[0]',
    '$.a.b[-1]',
    '$.a.b[3]',
    '$.a.b[-4]',
    '$.a.b[1].c',
    '$.a.b[1].c.d',
    '$.a.length',
    '$.list.length',
    '$.text.length',
    '$.text[0]',
    "$.a['d e']",
    '$["a"].b[1]["c"]',
    "$['']",
    '$.toString',
    '$.constructor.name',
    '$.__proto__',
    '$.__proto__.own',
    '$.a.__proto__',
    '$.list[0][1]',
    '$.list.*',
    '$..c',
    '$.a.b[?@.c == null].c',
    '$.list[*][0]',
    '$.a.b[1:]',
    '$.list[?length(@) == 1]',
    '$.a["b","d e"]',
    '$.ümlaut',
  ])('%s finds what RFC 9535 says', (path) => {
    const [first] = query(path, document).values();
    expect(compileJsonPath(path)(document)).toEqual(first);
  });

  it.each(['a.b', '', '$.', '$[01]', '$[-0]', '$.a[', "$['a\n']", '$.1a', '$ ', '$.a b', '$[?@.a=1]'])(
    '%j does not parse',
    (path) => {
      expect(() => compileJsonPath(path)).toThrow();
    },
  );

  it('finds nothing where there is no document', () => {
    expect(compileJsonPath('$')(undefined)).toBeUndefined();
    expect(compileJsonPath('$.a')(undefined)).toBeUndefined();
    expect(compileJsonPath('$..a')(undefined)).toBeUndefined();
  });

  it('finds nothing in a document that is too deep to be searched, instead of ending the load', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    expect(compileJsonPath('$..token')(deep)).toBeUndefined();
    expect(compileJsonPath('$[0][0]')(deep)).toEqual(deep[0][0]);
  });
});
