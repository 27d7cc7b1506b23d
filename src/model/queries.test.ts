import { describe, expect, test } from 'vitest';
import { execution, queriesOf, request, statement } from '../testing/artifacts.ts';
import { callsPerRequest, parametersKey, repeatedStatements, requestsOf, valuesOf } from './queries.ts';

const orders = statement(0, 'SELECT id FROM orders');
const customers = statement(1, 'SELECT id FROM customers WHERE id = $1');
const begin = statement(2, 'BEGIN', { kind: 'transaction' });
const settings = statement(3, 'SET search_path TO shop', { kind: 'utility' });
const statements = [orders, customers, begin, settings];
const customer = (id: number) => execution(customers, { parameters: [id] });

describe('repeated statements', () => {
  test('are counted within one request, the most repeated first', () => {
    const first = request([execution(orders), execution(orders), customer(1)]);
    const second = request([customer(1), customer(2), customer(2), execution(orders)]);
    expect(
      repeatedStatements(queriesOf(statements, [first, second])).map((repeated) => ({
        table: repeated.statement.tables[0],
        runs: repeated.executions.length,
        distinct: repeated.distinctParameters,
      })),
    ).toEqual([
      { table: 'customers', runs: 3, distinct: 2 },
      { table: 'orders', runs: 2, distinct: 1 },
    ]);
  });

  test('leave out transactions, settings and what ran once', () => {
    const noise = [begin, settings, begin, settings].map((of) => execution(of));
    expect(repeatedStatements(queriesOf(statements, [request([...noise, customer(1)])]))).toEqual([]);
  });

  test('of a statement that is not in the list are none', () => {
    const unknown = statement(9, 'SELECT 1');
    expect(repeatedStatements(queriesOf(statements, [request([execution(unknown), execution(unknown)])]))).toEqual([]);
  });
});

test('values are the bound ones before the literals, and NULL is not the word null', () => {
  expect(valuesOf({ parameters: ['1', null], literals: ['x'] })).toEqual(['1', null, 'x']);
  expect(parametersKey({ parameters: [null] })).not.toBe(parametersKey({ parameters: ['null'] }));
  expect(parametersKey({ parameters: ['1', '2'] })).not.toBe(parametersKey({ parameters: ['1,2'] }));
});

describe('calls per request', () => {
  const requests = [
    request([execution(orders, { durationMs: 4 }), customer(1), customer(2)]),
    request([execution(orders, { durationMs: 2 }), customer(1)]),
    request([customer(5)], { endpoint: 'GET /customers/:id' }),
    request([], { endpoint: 'GET /healthz' }),
  ];
  const calls = callsPerRequest(queriesOf(statements, requests));

  test('are means over the traced requests of each endpoint', () => {
    expect(calls.map((each) => [each.endpoint, each.statement.tables[0], each.calls, each.totalMs])).toEqual([
      ['GET /orders', 'orders', 1, 3],
      ['GET /orders', 'customers', 1.5, 0.75],
      ['GET /customers/:id', 'customers', 1, 0.5],
    ]);
  });

  test('come from the requests of the endpoint alone', () => {
    expect(requestsOf(queriesOf(statements, requests), 'GET /orders')).toHaveLength(2);
    expect(requestsOf(queriesOf(statements, requests), 'GET /nowhere')).toEqual([]);
  });
});
