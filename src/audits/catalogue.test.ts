import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { techniques } from '../model/audit.ts';
import { catalogue } from './catalogue.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ids = catalogue.map(({ id }) => id);
const index = readFileSync(`${root}docs/audits/README.md`, 'utf8');

test('ids are in kebab case, and each is there once', () => {
  expect(ids.filter((id) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every page of the docs belongs to an audit', () => {
  const pages = readdirSync(`${root}docs/audits`).filter((page) => page !== 'README.md');
  expect(pages.toSorted()).toEqual(ids.map((id) => `${id}.md`).toSorted());
});

describe.each(catalogue)('$id', ({ id, technique, title, failureTitle, why, fix, defaults }) => {
  test('has its file, its test, its app and its line in the index', () => {
    expect(existsSync(`${root}src/audits/${id}.ts`)).toBe(true);
    expect(existsSync(`${root}src/audits/${id}.test.ts`)).toBe(true);
    expect(existsSync(`${root}fixtures/apps/${id}/scenario.yaml`)).toBe(true);
    expect(index).toContain(`| [${id}](${id}.md) |`);
  });

  test('explains every option with its default', () => {
    const page = readFileSync(`${root}docs/audits/${id}.md`, 'utf8');
    for (const [option, value] of Object.entries(defaults)) {
      expect(page).toContain(`| \`${option}\` | ${Number(value).toLocaleString('en')} |`);
    }
    expect(page).toMatch(new RegExp(`^# ${id}\n`));
  });

  test('has texts of its own, which say a sentence where they should', () => {
    expect(Object.keys(techniques)).toContain(technique);
    expect(title).not.toBe(failureTitle);
    expect(title).not.toMatch(/\.$/);
    expect(failureTitle).not.toMatch(/\.$/);
    expect(why).toMatch(/^[A-Z].*\.$/);
    expect(fix).toMatch(/^[A-Z].*\.$/);
  });
});
