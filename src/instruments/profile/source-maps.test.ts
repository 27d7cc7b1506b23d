import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLocator } from './source-maps.ts';

let folder: string;
let script: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maps '));
  script = pathToFileURL(join(folder, 'app.js')).href;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const payload = { version: 3, sources: ['src/app.ts'], names: [], mappings: 'AAEC;AACA' };
const inline = (map: unknown, how = 'base64') =>
  how === 'base64'
    ? `data:application/json;charset=utf-8;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
    : `data:application/json,${encodeURIComponent(JSON.stringify(map))}`;
const locate = (sourceMapUrl: string, line = 0, column = 4) =>
  createLocator({ [script]: sourceMapUrl })({ url: script, line, column });
const source = (path: string) => new URL(path, script).href;

test('an inline map is read, in base64 and percent-encoded', () => {
  const expected = { url: source('src/app.ts'), line: 2, column: 1 };
  expect(locate(inline(payload))).toEqual(expected);
  expect(locate(inline(payload, 'text'))).toEqual(expected);
  expect(locate(inline(payload), 1)).toEqual({ ...expected, line: 3 });
});

test('a map in a file is read relative to the script, and sources relative to the map and its root', () => {
  writeFileSync(join(folder, 'app.js.map'), `)]}'\n${JSON.stringify({ ...payload, sourceRoot: '../root' })}`);
  expect(locate('app.js.map')?.url).toBe(source('../root/src/app.ts'));
});

test('a source with a scheme of its own keeps it', () => {
  expect(locate(inline({ ...payload, sources: ['webpack://shop/./src/app.ts'] }))?.url).toBe(
    'webpack://shop/src/app.ts',
  );
});

test.each([
  ['missing', 'nowhere.map'],
  ['a folder', '.'],
  ['on another host', 'https://example.org/app.js.map'],
  ['not JSON', 'data:application/json,{'],
  ['badly encoded', 'data:application/json,%'],
  ['empty', 'data:application/json'],
  ['null', inline(null)],
  ['without mappings', inline({ version: 3 })],
  ['of lines before the first', inline({ ...payload, mappings: 'AADD' })],
])('a map that is %s leaves the frame in its script', (_, url) => {
  expect(locate(url)).toBeUndefined();
});

test('a script without a map, without a line, or named like a property of objects is left alone', () => {
  const locator = createLocator({ [script]: inline(payload) });
  expect(locator({ url: 'file:///other.js', line: 0, column: 0 })).toBeUndefined();
  expect(locator({ url: script })).toBeUndefined();
  expect(locator({ url: 'constructor', line: 0, column: 0 })).toBeUndefined();
});
