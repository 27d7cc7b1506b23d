import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { tellRepeatsApart } from '../model/repeats.ts';
import { type TracedService, traceService } from '../testing/traced-service.ts';

const faults = '/loop /parallel /cycle /nested /pairs /newest /tree /twice /writes /deletes'.split(' ');
const sizes = ['/coded?limit=6', '/coded?limit=9', '/coded?limit=14'];
const harmless =
  '/polling /backoff /retries /failing /offset /keyset /by-date /in-lists /arrays /unnested /bulk /chain /join'.split(
    ' ',
  );

let service: TracedService;
beforeAll(async () => {
  const folder = resolve('fixtures/services');
  service = await traceService(`${folder}/repeats.js`, `${folder}/repeats.sql`, [...faults, ...sizes, ...harmless]);
});

const repeats = /^(?:n-plus-one|duplicate-query|write-loop|sequential-queries)$/;
const found = (path: string) => service.findingsOf(`GET ${path}`).filter(({ audit }) => repeats.test(audit));
const kindsOf = (path: string) => [
  ...new Set(
    tellRepeatsApart(service.queries)
      .filter(({ request }) => request.endpoint === `GET ${path}`)
      .map(({ kind }) => kind),
  ),
];

describe('a loop is proven, with its parent, one statement for all rows, and a JOIN that gives the same rows', () => {
  test.each([
    ['/loop', 'customers', 'orders'],
    ['/parallel', 'customers', 'orders'],
    ['/newest', 'items', 'orders'],
    ['/pairs', 'items', 'items'],
  ])('%s', (path, table, parent) => {
    const findings = found(path);
    expect(findings).toMatchObject([{ audit: 'n-plus-one', grade: 'proven' }]);
    expect(findings[0]?.summary).toContain(`statements per request on ${table}, one per row of ${parent}`);
    const fixes = findings[0]?.evidence.flatMap((each) => (each.kind === 'fix' ? [each.text] : [])) ?? [];
    expect(fixes.at(-1)).toContain('LEFT JOIN');
    expect(findings[0]?.savingMs).toBeGreaterThan(0);
  });
});

test('several statements in one cycle are each found, and name each other', () => {
  const findings = found('/cycle');
  expect(findings).toMatchObject([{ grade: 'proven' }, { grade: 'proven' }]);
  for (const { evidence } of findings) {
    expect(evidence).toContainEqual({ kind: 'text', text: expect.stringContaining('For the same rows') });
  }
});

test('a loop within a loop has a parent for each', () => {
  const findings = found('/nested');
  expect(findings.map(({ summary, grade }) => `${grade}: ${summary}`).toSorted()).toEqual([
    'proven: 18 statements per request on products, one per row of items',
    'proven: 6 statements per request on items, one per row of orders',
  ]);
});

test('why no JOIN is written is said: the parent is a loop itself, or the loop is its own parent', () => {
  const reasons = ['/nested', '/tree'].flatMap(found).flatMap(({ evidence }) => evidence);
  for (const text of [
    'the statement that fed it runs in a loop itself',
    'it walks a tree, which takes WITH RECURSIVE',
  ]) {
    expect(reasons).toContainEqual({ kind: 'text', text: `No JOIN was tried: ${text}.` });
  }
});

test('a loop whose values have another form is proven by its growth with the rows', () => {
  const [finding, ...others] = found('/coded');
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ audit: 'n-plus-one', grade: 'proven' });
  expect(finding?.evidence).toContainEqual({
    kind: 'table',
    label: 'the loop grows with the rows',
    columns: ['rows', 'statements of the loop', 'requests'],
    rows: [
      [6, 6, 3],
      [9, 9, 3],
      [14, 14, 3],
    ],
  });
});

test('a walk of a tree, a question that is asked twice, and loops of writes are told as what they are', () => {
  expect(found('/tree')).toMatchObject([{ audit: 'n-plus-one', grade: 'proven' }]);
  expect(found('/twice')).toMatchObject([{ audit: 'duplicate-query', grade: 'proven' }]);
  expect(found('/writes')).toMatchObject([{ audit: 'write-loop', grade: 'proven' }]);
  expect(found('/deletes')).toMatchObject([{ audit: 'write-loop', grade: 'proven' }]);
});

describe('nobody is accused of', () => {
  test.each([
    ['/polling', 'polling'],
    ['/backoff', 'polling'],
    ['/retries', 'retry'],
    ['/failing', 'retry'],
    ['/offset', 'pagination'],
    ['/keyset', 'pagination'],
    ['/by-date', 'pagination'],
    ['/in-lists', 'batches'],
    ['/arrays', 'batches'],
    ['/unnested', 'batches'],
    ['/bulk', 'batches'],
    ['/chain', 'chain'],
  ])('%s, which is %s', (path, kind) => {
    expect(kindsOf(path)).toContain(kind);
    expect(found(path)).toEqual([]);
  });

  test('a JOIN, which repeats nothing', () => {
    expect(kindsOf('/join')).toEqual([]);
    expect(found('/join')).toEqual([]);
  });
});
