import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { maxHashedValues } from '../../model/http.ts';
import { valueHash } from '../../model/value-hash.ts';
import { decodedBody } from './decoded-body.ts';
import { valuesOfJson } from './json-values.ts';

const valuesOf = (value: unknown) => valuesOfJson(Buffer.from(JSON.stringify(value)));

test('texts and numbers are hashed at any depth, each once, and nothing else', () => {
  const body = [
    { id: 7, name: 'Ada', tags: ['x', { deep: 1.5 }] },
    { id: 7, name: null, isOpen: true },
  ];
  expect(valuesOf(body)).toEqual({
    hashes: ['7', 'Ada', 'x', '1.5'].map(valueHash),
    isComplete: true,
  });
});

test('of a long body the first values are kept, which is said', () => {
  const many = Array.from({ length: maxHashedValues + 1 }, (_, n) => n);
  expect(valuesOf(many)).toMatchObject({ hashes: { length: maxHashedValues }, isComplete: false });
  expect(valuesOf(many)?.hashes[0]).toBe(valueHash('0'));
  expect(valuesOf(many.slice(1))).toMatchObject({ hashes: { length: maxHashedValues }, isComplete: true });
});

test('what is no JSON has no values', () => {
  expect(valuesOfJson(Buffer.from('{"a":'))).toBeUndefined();
});

test('a body is unpacked by its encoding, and left alone where it is not what it says', () => {
  const body = Buffer.from('hello');
  const packed = { '': body, gzip: gzipSync(body), deflate: deflateSync(body), br: brotliCompressSync(body) };
  for (const [encoding, bytes] of Object.entries(packed)) expect(decodedBody(bytes, encoding)).toEqual(body);
  expect(decodedBody(body, 'gzip')).toBeUndefined();
  expect(decodedBody(body, 'zstd')).toBeUndefined();
});
