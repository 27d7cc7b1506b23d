import { describe, expect, it } from 'vitest';
import type { Outcome } from '../model/audit.ts';
import type { ComparedMetric, Comparison } from '../model/comparison.ts';
import type { Finding } from '../model/finding.ts';
import type { FindingRule, Gate } from '../model/gate.ts';
import type { Run } from '../model/run.ts';
import { bareVariant } from '../testing/bare-variant.ts';
import { decideGate } from './gate.ts';

type GatedRun = Parameters<typeof decideGate>[0];

const metric: ComparedMetric = {
  name: 'p95',
  endpoint: 'GET /orders',
  unit: 'ms',
  better: 'lower',
  before: 20.1,
  after: 25,
  change: 0.24,
  interval: [0.12, 0.37],
  p: 1 / 256,
  resolution: 0.1,
  rounds: 8,
  verdict: 'REGRESSED',
  gates: true,
};

function comparison(rest: Partial<Comparison> = {}): Comparison {
  const findings = { fixed: [], remaining: [], introduced: [] };
  return {
    before: 'before',
    after: 'after',
    metrics: [],
    omitted: [],
    findings,
    resolution: 0.1,
    verdict: 'OK',
    design: 'sliced',
    causes: [],
    counts: [],
    margin: 0.1,
    floorMs: 1,
    ...rest,
  };
}

const found: Finding = {
  key: 'n-plus-one:GET /orders:1',
  audit: 'n-plus-one',
  endpoint: 'GET /orders',
  severity: 'high',
  grade: 'proven',
  summary: '100 queries where one would do',
  evidence: [],
};

const named: FindingRule = { audit: 'n-plus-one', severity: 'low', grade: 'proven', scope: 'introduced' };

function run(gate: Partial<Gate>, rest: Partial<Run> = {}): GatedRun {
  return {
    scenario: {
      name: 'orders',
      digest: '',
      endpoints: [],
      command: '',
      gate: {
        metric: 'p95',
        margin: 0.1,
        floorMs: 1,
        errors: 0.001,
        certain: false,
        require: [],
        findings: [],
        ...gate,
      },
    },
    variants: {},
    validity: { trusted: true, warnings: [] },
    ...rest,
  };
}

function variants(finding: Finding): Run['variants'] {
  const outcomes = {
    'n-plus-one': { status: 'fail', findings: [finding] },
    'cpu-hotspot': { status: 'pass' },
  } as const;
  return { default: bareVariant({ outcomes }) };
}

const untrusted: Run['validity'] = {
  trusted: false,
  warnings: [
    { level: 'note', message: 'after: little' },
    { level: 'untrusted', message: 'after: 3 requests of 100 got no complete response' },
  ],
};

describe('decideGate', () => {
  it('fails a regression and names its endpoint and figures', () => {
    const worse = { ...metric, endpoint: 'GET /slow', change: 0.9, interval: [0.7, 1.1] as const };
    expect(decideGate(run({}, { comparison: comparison({ verdict: 'REGRESSED', metrics: [metric] }) }))).toMatchObject({
      exitCode: 1,
      reason: 'p95 of GET /orders went from 20.1 ms to 25 ms (+24 %, 90 % interval +12 % to +37 %)',
    });
    const two = comparison({ verdict: 'REGRESSED', metrics: [metric, worse, { ...metric, gates: false }] });
    expect(decideGate(run({}, { comparison: two })).reason).toMatch(/^p95 of GET \/slow .*, and 1 more$/);
  });

  it('gives error rates in points', () => {
    const errors: ComparedMetric = {
      ...metric,
      name: 'errors',
      unit: '%',
      before: 0,
      after: 2,
      change: 0.02,
      interval: [0.0149, 0.025],
    };
    expect(decideGate(run({}, { comparison: comparison({ verdict: 'REGRESSED', metrics: [errors] }) })).reason).toBe(
      'the error rate of GET /orders went from 0 % to 2 % (+2 points, 90 % interval +1.5 points to +2.5 points)',
    );
  });

  it('fails a regression of an untrusted measurement, which is one of errors', () => {
    const regressed = comparison({ verdict: 'REGRESSED', metrics: [metric] });
    expect(decideGate(run({ certain: true }, { comparison: regressed, validity: untrusted })).exitCode).toBe(1);
  });

  it('fails a proven finding of an audit that the gate names', () => {
    const gate = { findings: [named] };
    expect(decideGate(run(gate, { variants: variants(found) }))).toMatchObject({
      exitCode: 1,
      reason: 'the gate names n-plus-one, which was found in GET /orders: 100 queries where one would do',
    });
    expect(decideGate(run({}, { variants: variants(found) })).exitCode).toBe(0);
    expect(decideGate(run(gate, { variants: variants({ ...found, grade: 'likely' }) })).exitCode).toBe(0);
  });

  it('holds only introduced findings against a comparison, not those that were there before', () => {
    const gate = { findings: [named] };
    const remaining = comparison({ findings: { fixed: [], remaining: [found], introduced: [] } });
    expect(decideGate(run(gate, { variants: variants(found), comparison: remaining })).exitCode).toBe(0);
    const introduced = comparison({ findings: { fixed: [], remaining: [], introduced: [found] } });
    expect(decideGate(run(gate, { comparison: introduced }))).toMatchObject({
      exitCode: 1,
      reason: expect.stringMatching(/was introduced in GET \/orders/),
    });
  });

  it('names findings by severity and grade, and with scope all those that were there before too', () => {
    const decide = (rule: Partial<FindingRule>, finding: Finding) =>
      decideGate(
        run(
          { findings: [{ severity: 'low', grade: 'proven', scope: 'introduced', ...rule }] },
          {
            variants: variants(finding),
          },
        ),
      ).exitCode;
    expect(decide({}, found)).toBe(1);
    expect(decide({ audit: 'missing-index' }, found)).toBe(0);
    expect(decide({ severity: 'high' }, { ...found, severity: 'medium' })).toBe(0);
    expect(decide({ severity: 'medium' }, found)).toBe(1);
    expect(decide({ grade: 'likely' }, { ...found, grade: 'likely' })).toBe(1);
    expect(decide({ grade: 'likely' }, { ...found, grade: 'possible' })).toBe(0);

    const remaining = comparison({ findings: { fixed: [], remaining: [found], introduced: [] } });
    const both = { variants: { after: variants(found).default }, comparison: remaining } as Partial<Run>;
    expect(decideGate(run({ findings: [named] }, both)).exitCode).toBe(0);
    expect(decideGate(run({ findings: [{ ...named, scope: 'all' }] }, both))).toMatchObject({
      exitCode: 1,
      reason: expect.stringMatching(/^the gate names n-plus-one, which was found in GET \/orders/),
    });
  });

  it('exits with 3 where an audit that it names could not look, whatever certainty is asked for', () => {
    const skipped = { status: 'skipped', missing: 'queries', reason: 'the service never connected' } as const;
    const of = (outcome: Outcome) => ({ default: bareVariant({ outcomes: { 'n-plus-one': outcome } }) });
    expect(decideGate(run({ findings: [named] }, { variants: of(skipped) }))).toMatchObject({
      exitCode: 3,
      reason: 'the gate names n-plus-one, which was not judged: the service never connected',
    });
    expect(
      decideGate(run({ findings: [named] }, { variants: of({ status: 'errored', error: 'oops' }) })),
    ).toMatchObject({
      exitCode: 3,
      reason: 'the gate names n-plus-one, which broke: oops',
    });
    const others = [{ ...named, audit: 'cpu-hotspot' }];
    expect(decideGate(run({ findings: others }, { variants: of(skipped) })).exitCode).toBe(0);
    const unclear = { status: 'inconclusive', reason: 'too few requests' } as const;
    expect(decideGate(run({ findings: [named] }, { variants: of(unclear) })).exitCode).toBe(0);
    expect(decideGate(run({ findings: [named], certain: true }, { variants: of(unclear) }))).toMatchObject({
      exitCode: 3,
      reason: 'the gate names n-plus-one, which could not decide: too few requests',
    });
    // Whether it was introduced is not known, whatever was found in the end.
    const before = { before: of(skipped).default, after: of({ status: 'fail', findings: [found] }).default };
    const sides = { variants: before, comparison: comparison() };
    expect(decideGate(run({ findings: [named] }, sides))).toMatchObject({
      exitCode: 3,
      reason: 'the gate names n-plus-one, which was not judged in before: the service never connected',
    });
    const passed = { ...before, after: of({ status: 'pass' }).default };
    const all = { findings: [{ ...named, scope: 'all' as const }] };
    expect(decideGate(run(all, { ...sides, variants: passed })).exitCode).toBe(0);
  });

  it('exits with 3 for what cannot be told only where the gate asks for certainty', () => {
    const unsure = { ...metric, verdict: 'INCONCLUSIVE', change: 0.06, interval: [-0.09, 0.22] } as const;
    const inconclusive = comparison({ verdict: 'INCONCLUSIVE', metrics: [unsure] });
    expect(decideGate(run({ certain: true }, { comparison: inconclusive }))).toMatchObject({
      exitCode: 3,
      reason:
        'the comparison is inconclusive: p95 of GET /orders went from 20.1 ms to 25 ms (+6 %, 90 % interval −9 % to +22 %), and gate.certain is set',
    });
    expect(decideGate(run({}, { comparison: inconclusive })).exitCode).toBe(0);
    const unjudged = comparison({ verdict: 'INCONCLUSIVE' });
    expect(decideGate(run({ certain: true }, { comparison: unjudged })).reason).toMatch(
      /too few requests to be judged/,
    );
  });

  it('exits with 3 for an untrusted measurement that has to be certain, and says what was wrong', () => {
    expect(decideGate(run({ certain: true }, { validity: untrusted, comparison: comparison() }))).toMatchObject({
      exitCode: 3,
      reason:
        'the measurement is not trusted (after: 3 requests of 100 got no complete response), and gate.certain is set',
    });
    expect(decideGate(run({}, { validity: untrusted })).exitCode).toBe(0);
  });

  it('takes an overridden measurement for what it says, and says that it was overridden', () => {
    const validity = { ...untrusted, overridden: true };
    expect(decideGate(run({ certain: true }, { validity, comparison: comparison() }))).toMatchObject({
      exitCode: 0,
      reason: 'no endpoint changed by as much as 10 % and 1 ms (not trusted, overridden by --trust-anyway)',
    });
    const regressed = comparison({ verdict: 'REGRESSED', metrics: [metric] });
    expect(decideGate(run({}, { validity, comparison: regressed }))).toMatchObject({
      exitCode: 1,
      reason: expect.stringMatching(/overridden by --trust-anyway\)$/),
    });
  });

  it('passes what is fine, improved or alone', () => {
    expect(decideGate(run({ certain: true }, { comparison: comparison() }))).toMatchObject({
      exitCode: 0,
      reason: 'no endpoint changed by as much as 10 % and 1 ms',
    });
    expect(decideGate(run({}, { comparison: { ...comparison(), floorMs: 0 } })).reason).toBe(
      'no endpoint changed by as much as 10 %',
    );
    const improved = { ...metric, verdict: 'IMPROVED', after: 5, change: -0.75, interval: [-0.8, -0.7] } as const;
    expect(decideGate(run({}, { comparison: comparison({ verdict: 'IMPROVED', metrics: [improved] }) })).reason).toBe(
      'nothing regressed; p95 of GET /orders went from 20.1 ms to 5 ms (−75 %, 90 % interval −80 % to −70 %)',
    );
    expect(decideGate(run({ certain: true })).reason).toBe(
      'there is nothing to compare with, and no finding that the gate names',
    );
  });
});
