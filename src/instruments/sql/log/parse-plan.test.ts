import { describe, expect, it } from 'vitest';
import { parsePlan } from './parse-plan.ts';
import { planWithoutLiterals } from './plan-literals.ts';

const text = `duration: 12.345 ms  plan:
Query Text: SELECT *
  FROM t
 WHERE a = $1
Query Parameters: $1 = 'it''s'
Seq Scan on t  (cost=0.00..1.05 rows=1 width=4) (actual time=0.010..0.012 rows=1 loops=1)
  Filter: ((a = 'it''s'::text) AND (b > 7))
  Rows Removed by Filter: 3
  Buffers: shared hit=1
Query Identifier: -77`;

describe('parsePlan', () => {
  it('takes text apart into the statement, its values and the plan', () => {
    expect(parsePlan(text)).toEqual({
      durationMs: 12.345,
      sql: 'SELECT *\n  FROM t\n WHERE a = $1',
      parameters: "$1 = 'it''s'",
      plan: text.slice(text.indexOf('Seq Scan'), text.indexOf('\nQuery Identifier')),
    });
  });

  it('takes JSON apart, and reads the messages of other languages', () => {
    const plan = { 'Query Text': 'SELECT 1', Plan: { 'Node Type': 'Result' } };
    expect(parsePlan(`durée : 0.020 ms, plan :\n${JSON.stringify(plan)}`)).toEqual({
      durationMs: 0.02,
      sql: 'SELECT 1',
      parameters: undefined,
      plan: JSON.stringify({ Plan: { 'Node Type': 'Result' } }, null, 2),
    });
  });

  it.each([
    'duration: 1.000 ms  statement: SELECT 1',
    'duration: 1.000 ms  plan:\n<explain xmlns="http://www.postgresql.org/2009/explain">',
    'duration: 1.000 ms  plan:\n{ "Query Text": "cut',
    'duration: 1.000 ms  plan:\nQuery Text: cut',
  ])('passes over %j', (message) => {
    expect(parsePlan(message)).toBeUndefined();
  });
});

describe('planWithoutLiterals', () => {
  it('blanks the literals of expressions, and leaves costs and counts', () => {
    const masked = planWithoutLiterals(parsePlan(text)?.plan ?? '');
    expect(masked).toContain('Filter: ((a = $1::text) AND (b > $2))');
    expect(masked).toContain('(cost=0.00..1.05 rows=1 width=4)');
    expect(masked).toContain('Rows Removed by Filter: 3');
    expect(masked).not.toContain("it'");
  });

  it('blanks a literal of several lines', () => {
    expect(planWithoutLiterals("Seq Scan on t\n  Filter: (a = 'one\nsecret two'::text)\n  Heap Fetches: 7")).toBe(
      'Seq Scan on t\n  Filter: (a = $1::text)\n  Heap Fetches: 7',
    );
  });

  it('blanks those of JSON, whatever the field', () => {
    const plan = {
      Plan: { 'Node Type': 'Seq Scan', 'Relation Name': 't', Filter: "(a = 'secret')", Output: ["'secret'", 'b'] },
    };
    expect(JSON.parse(planWithoutLiterals(JSON.stringify(plan)))).toEqual({
      Plan: { 'Node Type': 'Seq Scan', 'Relation Name': 't', Filter: '(a = $1)', Output: ['$1', 'b'] },
    });
  });
});
