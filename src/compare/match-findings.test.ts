import { expect, it } from 'vitest';
import type { Outcome } from '../model/audit.ts';
import type { Finding } from '../model/finding.ts';
import { matchFindings } from './match-findings.ts';

function finding(key: string, summary = key): Finding {
  return { key, audit: key.split(':')[0] ?? key, severity: 'high', grade: 'proven', summary, evidence: [] };
}

function fail(...findings: readonly Finding[]): Outcome {
  return { status: 'fail', findings };
}

const pass: Outcome = { status: 'pass' };

it('matches findings by key and holds the remaining ones as they are after', () => {
  const findings = matchFindings(
    { 'n-plus-one': fail(finding('n-plus-one:a'), finding('n-plus-one:b', '100 queries')) },
    { 'n-plus-one': fail(finding('n-plus-one:b', '90 queries'), finding('n-plus-one:c')) },
  );
  expect(findings.fixed.map((item) => item.key)).toEqual(['n-plus-one:a']);
  expect(findings.remaining.map((item) => item.summary)).toEqual(['90 queries']);
  expect(findings.introduced.map((item) => item.key)).toEqual(['n-plus-one:c']);
});

it('counts a pass on either side as a judgement', () => {
  expect(matchFindings({ x: fail(finding('x:1')) }, { x: pass }).fixed).toHaveLength(1);
  expect(matchFindings({ x: pass }, { x: fail(finding('x:1')) }).introduced).toHaveLength(1);
  expect(matchFindings({ x: pass }, { x: pass })).toEqual({ fixed: [], remaining: [], introduced: [] });
});

it.each<[string, Outcome]>([
  ['skipped', { status: 'skipped', missing: 'queries', reason: 'no database' }],
  ['inconclusive', { status: 'inconclusive', reason: 'no statement was captured' }],
  ['errored', { status: 'errored', error: 'boom' }],
])(
  'does not call a finding fixed because its audit was %s after, nor introduced because it was so before',
  (_, outcome) => {
    const none = { fixed: [], remaining: [], introduced: [] };
    expect(matchFindings({ x: fail(finding('x:1')) }, { x: outcome })).toEqual(none);
    expect(matchFindings({ x: outcome }, { x: fail(finding('x:1')) })).toEqual(none);
  },
);

it('leaves out an audit that only one side knows', () => {
  const none = { fixed: [], remaining: [], introduced: [] };
  expect(matchFindings({ x: fail(finding('x:1')) }, {})).toEqual(none);
  expect(matchFindings({}, { x: fail(finding('x:1')) })).toEqual(none);
});

it('calls nothing fixed that after nearly finds, and nothing introduced that before nearly found', () => {
  const near = (summary: string): Outcome => ({ status: 'pass', near: [finding('x:1', summary)] });
  expect(matchFindings({ x: fail(finding('x:1')) }, { x: near('24 %') })).toEqual({
    fixed: [],
    remaining: [finding('x:1', '24 %')],
    introduced: [],
  });
  const { remaining, introduced } = matchFindings({ x: near('24 %') }, { x: fail(finding('x:1', '26 %')) });
  expect(remaining.map(({ summary }) => summary)).toEqual(['26 %']);
  expect(introduced).toEqual([]);
});
