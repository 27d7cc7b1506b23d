import { describe, expect, test } from 'vitest';
import type { HttpResponseFacts } from '../model/http.ts';
import type { NarrowTrial } from '../model/plan-trials.ts';
import type { Execution, TracedRequest } from '../model/queries.ts';
import { valueHash } from '../model/value-hash.ts';
import { execution, plansOf, queriesOf, request, response, statement } from '../testing/artifacts.ts';
import { overFetching } from './over-fetching.ts';

const list = statement(0, 'SELECT * FROM documents WHERE section_id = $1');
const other = statement(1, 'SELECT score FROM texts WHERE body = $1');
const save = statement(2, 'INSERT INTO copies VALUES ($1)', { kind: 'insert', tables: ['copies'] });
const statements = [list, other, save];

const titles = ['first', 'second', 'third'];
const bodies = ['a long text', 'another one', 'the third of them'];

/** Three documents whose texts have 20,000 bytes each. */
function documents(bodyBytes = 60_000): Execution {
  const read = execution(list, {
    parameters: [7],
    columns: { id: [1, 2, 3], title: titles, body: bodies },
    bytes: bodyBytes + 100,
  });
  const columns = read.columns.map((column) => ({ ...column, hashedBytes: column.name === 'body' ? bodyBytes : 20 }));
  return { ...read, columns };
}

const answer = (values: readonly (string | number)[], more: Partial<HttpResponseFacts> = {}) =>
  response({ values: { hashes: values.map((value) => valueHash(String(value))), isComplete: true }, ...more });

function audit(
  requests: readonly TracedRequest[],
  responses: readonly HttpResponseFacts[] = requests.map(() => answer([1, 2, 3, ...titles])),
  narrowed: readonly NarrowTrial[] = [],
) {
  return overFetching.run(
    { queries: queriesOf(statements, requests), plans: plansOf({ narrowed }), http: { responses } },
    overFetching.defaults,
  );
}

const twice = (executions: readonly Execution[]) => [request(executions), request(executions)];

describe('a column that no answer holds', () => {
  test('is told with its bytes, and is likely: what the code does with it is not seen', () => {
    expect(audit(twice([documents()]))).toMatchObject([
      {
        key: `over-fetching|GET /orders|${list.fingerprint}`,
        grade: 'likely',
        severity: 'medium',
        summary: 'body of documents is fetched and not answered: 60.0 kB for an answer of 200 B',
        evidence: [
          { kind: 'statement' },
          {
            kind: 'table',
            rows: [
              ['result, 3 rows', '60.1 kB'],
              ['of it body, whose values are in no answer', '60.0 kB'],
              ['answer', '200 B'],
            ],
          },
        ],
      },
    ]);
  });

  test('saves what the statement was measured to take less without it', () => {
    const trial: NarrowTrial = {
      ...{ status: 'tried', fingerprint: list.fingerprint, columns: ['body'], sql: 'SELECT id, title FROM documents' },
      ...{ beforeMs: 9, afterMs: 1, runs: 5 },
    };
    const [finding] = audit(twice([documents()]), undefined, [trial]) as readonly object[];
    expect(finding).toMatchObject({ savingMs: 8, evidence: [{}, {}, { kind: 'measurement' }, { kind: 'fix' }] });
  });

  test('that could not be left out is told with the reason', () => {
    const trial: NarrowTrial = {
      ...{ status: 'none', fingerprint: list.fingerprint, columns: ['body'], reason: 'its rows depend on it' },
    };
    const [finding] = audit(twice([documents()]), undefined, [trial]) as readonly object[];
    expect(finding).toMatchObject({ evidence: [{}, {}, { text: expect.stringContaining('its rows depend on it') }] });
  });
});

describe('not accused is a column', () => {
  const answered = (more: Partial<HttpResponseFacts>, values: readonly (string | number)[] = [1, ...titles]) =>
    [1, 2].map(() => answer(values, more));

  test('one of whose values is in one answer', () => {
    const large = { decodedBytes: 7000 };
    const responses = [answer([1, 2, 3], large), answer([1, 2, 3, 'another one'], large)];
    expect(audit(twice([documents()]), responses)).toEqual([]);
  });

  test('that the answer is large enough to hold in another form', () => {
    expect(audit(twice([documents()]), answered({ decodedBytes: 30_001 }))).toEqual([]);
    expect(audit(twice([documents()]), answered({ decodedBytes: 30_000 }))).toHaveLength(1);
  });

  test('of few bytes', () => {
    expect(audit(twice([documents(16_383)]), answered({ decodedBytes: 4000 }))).toEqual([]);
    expect(audit(twice([documents(16_384)]), answered({ decodedBytes: 4000 }))).toHaveLength(1);
  });

  test('that another statement is given', () => {
    const next = execution(other, { parameters: ['another one'] });
    expect(audit(twice([documents(), next]), answered({ decodedBytes: 7000 }))).toEqual([]);
  });

  test('of a request that writes: it may be copied', () => {
    expect(audit(twice([documents(), execution(save)]))).toEqual([]);
  });

  test('of a statement that few requests run: it may fill a cache', () => {
    const empty = request([]);
    expect(audit([request([documents()]), empty, empty])).toEqual([]);
    expect(audit([request([documents()]), empty])).toHaveLength(1);
  });

  test('of an answer that has no body by its nature', () => {
    const notModified = response({ status: 304, bodyBytes: 0, decodedBytes: 0 });
    const requests = twice([documents()]).map((each) => ({ ...each, status: 304 }));
    expect(audit(requests, [notModified, notModified])).toEqual([]);
    const head = answer([], { bodyBytes: 0, decodedBytes: 0 });
    expect(audit(twice([documents()]), [head, head])).toEqual([]);
  });

  test('where the size of an answer is not known, or the answers are not those of the requests', () => {
    const { decodedBytes: _, ...unknown } = answer([1]);
    expect(audit(twice([documents()]), [unknown, unknown])).toEqual([]);
    expect(audit(twice([documents()]), [answer([1])])).toEqual([]);
  });
});

test('where only statements were heard, and no results, it proves nothing', () => {
  const queries = { ...queriesOf(statements, twice([documents()])), source: 'server-log' as 'wire-tap' };
  const judged = overFetching.run({ queries, plans: plansOf(), http: { responses: [] } }, overFetching.defaults);
  expect(judged).toMatchObject({ inconclusive: expect.stringContaining('results') });
});

test('rows of which next to nothing is answered are possible: the code may sum them up', () => {
  const all = execution(list, { columns: { id: [1, 2, 3] }, rows: 5000, bytes: 50_000 });
  const count = [1, 2].map(() => answer([5000]));
  expect(audit(twice([all]), count)).toMatchObject([
    { grade: 'possible', summary: '50.0 kB in 5,000 rows of documents are fetched for an answer of 200 B' },
  ]);
  expect(
    audit(
      twice([all]),
      [1, 2].map(() => answer([5000], { decodedBytes: 5001 })),
    ),
  ).toEqual([]);
});
