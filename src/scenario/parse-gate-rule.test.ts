import { describe, expect, it } from 'vitest';
import type { GateRule } from '../model/gate.ts';
import { parseGateRule } from './parse-gate-rule.ts';

const endpoints = ['GET /orders', 'GET /users/:id', 'list of orders < 10'];

describe('parseGateRule', () => {
  it.each<[string, Omit<GateRule, 'text'>]>([
    ['p95 < 250ms', { metric: 'p95', kind: 'absolute', operator: '<', limit: 250 }],
    [
      'p99 of GET /orders <= 1.5s',
      { metric: 'p99', endpoint: 'GET /orders', kind: 'absolute', operator: '<=', limit: 1500 },
    ],
    ['errors < 0.1%', { metric: 'errors', kind: 'absolute', operator: '<', limit: 0.001 }],
    [
      'throughput of GET /orders >= 100/s',
      { metric: 'throughput', endpoint: 'GET /orders', kind: 'absolute', operator: '>=', limit: 100 },
    ],
    ['cpu < 5ms', { metric: 'cpu', kind: 'absolute', operator: '<', limit: 5 }],
    [
      'bytes of GET /users/:id < 50kB',
      { metric: 'bytes', endpoint: 'GET /users/:id', kind: 'absolute', operator: '<', limit: 50_000 },
    ],
    ['memory < 200MiB', { metric: 'memory', kind: 'absolute', operator: '<', limit: 200 * 1024 ** 2 }],
    [
      'queries of GET /orders <= 3',
      { metric: 'queries', endpoint: 'GET /orders', kind: 'absolute', operator: '<=', limit: 3 },
    ],
    ['p95 <= +10%', { metric: 'p95', kind: 'relative', operator: '<=', limit: 0.1 }],
    [
      'p95 of GET /orders <= -20%',
      { metric: 'p95', endpoint: 'GET /orders', kind: 'relative', operator: '<=', limit: -0.2 },
    ],
    ['p95 <= \u221220%', { metric: 'p95', kind: 'relative', operator: '<=', limit: -0.2 }],
    ['errors <= +0%', { metric: 'errors', kind: 'relative', operator: '<=', limit: 0 }],
    ['throughput >= -5%', { metric: 'throughput', kind: 'relative', operator: '>=', limit: -0.05 }],
    ['p95<250ms', { metric: 'p95', kind: 'absolute', operator: '<', limit: 250 }],
    [
      'p50 of list of orders < 10 < 30ms',
      { metric: 'p50', endpoint: 'list of orders < 10', kind: 'absolute', operator: '<', limit: 30 },
    ],
  ])('reads %s', (text, rule) => {
    expect(parseGateRule(text, endpoints)).toEqual({ status: 'read', rule: { text, ...rule } });
  });

  it.each<[string, string, string]>([
    ['p95', '"p95" is no rule', 'p95 < 250ms'],
    ['< 250ms', '"< 250ms" is no rule', 'p95 < 250ms'],
    ['p95: +10%', '"p95: +10%" is no rule', 'p95 < 250ms'],
    ['pp95 < 250ms', 'there is no metric "pp95"', 'did you mean "p95"?'],
    ['latency < 250ms', 'there is no metric "latency"', 'there are: p50, p90'],
    ['constructor < 5', 'there is no metric "constructor"', 'there are: p50'],
    ['p95 of GET /order < 1s', 'there is no endpoint "GET /order"', 'did you mean "GET /orders"?'],
    ['p95 of all < 1s', 'there is no endpoint "all"', 'there are: GET /orders, GET /users/:id'],
    ['cpu of GET /orders < 5ms', 'cpu is known of the whole load only', 'leave out "of GET /orders"'],
    ['p95 > 250ms', 'would ask for more p95', 'write p95 < 250ms'],
    ['throughput <= 100/s', 'would ask for less throughput', 'write throughput >= 100/s'],
    ['p95 < 250', '"250" is no limit for p95', 'write it as 250ms'],
    ['p95 < 10%', '"10%" is no limit for p95', '+10%'],
    ['throughput > 100', '"100" is no limit for throughput', '100/s'],
    ['bytes < many', '"many" is no limit for bytes', '50kB'],
    ['queries <= +-3%', '"+-3%" is no limit for queries', 'write it as 3'],
    ['p95 <', '"" is no limit for p95', '250ms'],
  ])('refuses %s', (text, reason, hint) => {
    const read = parseGateRule(text, endpoints);
    if (read.status !== 'refused') throw new Error(`read as ${JSON.stringify(read.rule)}`);
    expect(read.reason).toContain(reason);
    expect(read.hint).toContain(hint);
  });
});
