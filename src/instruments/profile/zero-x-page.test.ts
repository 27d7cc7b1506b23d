import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Frame, StackProfile } from '../../model/profile.ts';
import { pagePatches, renderZeroXPage } from './zero-x-page.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'page-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hostile = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> ' ` ${x} $& \u2028";
const frames: readonly Frame[] = [
  { name: 'GET /orders', file: '', kind: 'runtime' },
  { name: 'burnCpu', file: '/srv/app.ts', line: 12, column: 1, kind: 'user' },
  { name: '(garbage collector)', file: '', kind: 'gc' },
  { name: hostile, file: `/srv/${hostile}.js`, line: 1, kind: 'user' },
  { name: 'too-small-to-see', file: '/srv/app.ts', line: 99, kind: 'user' },
];
const profile: StackProfile = {
  frames,
  parent: [-1, 0, 0, 1, 1],
  frame: [0, 1, 2, 3, 4],
  selfUs: [0, 900_000.4, 50_000, 50_000, 1],
  totalUs: 1_000_001.4,
};

// The page is half a megabyte of code, and then the call of its function with the tree.
const dataOf = (page: string) => page.slice(page.lastIndexOf('visualizer({'));

const write = vi.spyOn(process.stdout, 'write');
const renderTo = async (name: string, of: StackProfile, title = 'orders') => {
  const outputHtml = join(folder, name);
  await renderZeroXPage({ profile: of, title, outputHtml });
  return readFileSync(outputHtml, 'utf8');
};

test('the page holds the frames with their lines, is complete in itself, and nothing is printed', async () => {
  const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('chokepoint-0x-'));
  const before = leftovers();
  write.mockClear();
  const page = await renderTo('{pid} a.html', profile, `${hostile} title`);
  expect(write).not.toHaveBeenCalled();
  const data = dataOf(page);
  expect(data).toContain('"name":"burnCpu /srv/app.ts:12","top":900001');
  expect(data).toContain('"name":"garbage collector","top":50000');
  expect(data).toContain('"name":"GET /orders","top":0');
  expect(data).toContain('"value":1000001');
  expect(data).not.toContain('too-small-to-see');
  const missing = pagePatches.filter(({ put }) => !page.includes(put));
  expect(missing).toEqual([]);
  expect(page.match(/<link|<iframe|@import|\bsrc=["']?http|\bhref=["']?http|url\(["']?http/g)).toBeNull();
  expect(page).toContain("default-src 'none'");
  expect(leftovers()).toEqual(before);
});

test('a hostile function name stays text: one script element, no mark-up', async () => {
  const page = await renderTo('hostile.html', profile, hostile);
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page.match(/<\/script/g)).toHaveLength(1);
  expect(dataOf(page)).not.toContain('<!--');
  expect(dataOf(page)).not.toContain('<img');
  expect(dataOf(page)).toContain('‹/script›‹script›alert(1)‹/script›');
});

test('an empty profile and a very deep one are drawn too', async () => {
  expect(await renderTo('empty.html', { frames: [], parent: [], frame: [], selfUs: [], totalUs: 0 })).toContain(
    'all stacks',
  );
  const depth = 20_000;
  const indexes = Array.from({ length: depth }, (_, i) => i);
  const deep = await renderTo('deep.html', {
    frames,
    parent: indexes.map((i) => i - 1),
    frame: indexes.map(() => 1),
    selfUs: indexes.map(() => 1),
    totalUs: depth,
  });
  expect(deep).toContain(`"value":${depth}`);
});

test('interrupted, it writes nothing', async () => {
  const controller = new AbortController();
  controller.abort();
  const outputHtml = join(folder, 'never.html');
  await expect(renderZeroXPage({ profile, title: 't', outputHtml, signal: controller.signal })).rejects.toMatchObject({
    code: 'interrupted',
  });
  expect(existsSync(outputHtml)).toBe(false);
});
