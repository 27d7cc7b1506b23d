import { describe, expect, test } from 'vitest';
import type { VariantRun } from '../model/run.ts';
import type { StatementSummary } from '../model/statement-summary.ts';
import { sampleRun } from '../testing/sample-run.ts';
import { coverageSentences } from './coverage-text.ts';

const summary: StatementSummary = {
  ...{ source: 'wire-tap', requests: 10, connections: 2, executions: 530, unattributed: 0, attribution: 'time' },
};

const sentencesOf = (...summaries: readonly (Partial<StatementSummary> | string)[]) => {
  const [template] = Object.values(sampleRun().run.variants) as [VariantRun];
  const variants = summaries.map((given, index): [string, VariantRun] => {
    const { statements: _own, ...variant } = template;
    if (typeof given !== 'string') return [`v${index}`, { ...variant, statements: { ...summary, ...given } }];
    const artifacts = { ...variant.artifacts, queries: { status: 'missing', reason: given } as const };
    return [`v${index}`, { ...variant, artifacts }];
  });
  return coverageSentences({ variants: Object.fromEntries(variants) });
};

describe('the source of statements is told', () => {
  test('with what it saw', () => {
    expect(sentencesOf({ placed: 520 })).toEqual([
      '530 statements in 10 traced requests from a tap between service and database; all attributed; not sampled; line of code known of 98 %',
    ]);
  });

  test('with what is missing', () => {
    expect(sentencesOf({ unattributed: 53, unreadable: 1, sampledShare: 0.2, source: 'server-log' })).toEqual([
      '530 statements in 10 traced requests from the log of the server; 90 % attributed, 53 between requests or of others; only a sample of 20 % is logged; 1 connection could not be read',
    ]);
  });

  test('with the counts under load, and by which means statements were attributed', () => {
    const underLoad = [{ flow: 'GET /orders', calls: 53.02, traced: 53 }];
    expect(sentencesOf({ underLoad, attribution: 'traceparent' })).toEqual([
      '530 statements in 10 traced requests from a tap between service and database; all attributed; by traceparent; not sampled; GET /orders under load: 53.0 a request, traced 53.0',
    ]);
  });

  test('once for variants that are alike, and by name where they are not', () => {
    expect(sentencesOf({}, {})).toHaveLength(1);
    expect(sentencesOf({}, 'nothing listens')).toEqual([
      expect.stringMatching(/^v0: 530 statements/),
      'v1: no statements: nothing listens',
    ]);
  });
});
