import { expect, it } from 'vitest';
import { showCondition } from './shown-condition.ts';

it.each([
  ["(status = 'paid'::text)", ['7', 'paid'], '(status = $2)'],
  ["(status = 'paid'::text)", [], '(status = ?)'],
  ['((user_id = 42) AND (n > 1.5))', ['42'], '((user_id = $1) AND (n > ?))'],
  ['(a = 1)', ['1', '1'], '(a = ?)'],
  ["((name)::text = 'O''Hara'::text)", ["O'Hara"], '((name)::text = $1)'],
  ["(at > '2024-01-01 00:00:00+00'::timestamp with time zone)", [], '(at > ?)'],
  ["(tag = ANY ('{a,b}'::text[]))", ['{a,b}'], '(tag = ANY ($1))'],
  ["(price > '10.5'::numeric(10,2))", [], '(price > ?)'],
  ['(c.id = o.customer_id)', ['1'], '(c.id = o.customer_id)'],
  ['(col1 = (InitPlan 1).col1)', ['1'], '(col1 = (InitPlan 1).col1)'],
  ['(ANY (id = (hashed SubPlan 1).col1))', ['1'], '(ANY (id = (hashed SubPlan 1).col1))'],
  ['("a 1" = $0)', ['1'], '("a 1" = $0)'],
  ["(x = 'InitPlan 5 ::numeric(1)'::text)", [], '(x = ?)'],
])('%s is shown without its values', (condition, values, shown) => {
  expect(showCondition(condition, values)).toBe(shown);
});
