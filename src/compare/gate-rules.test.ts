import { describe, expect, it } from 'vitest';
import { allEndpoints, type ComparedMetric, type Comparison, type Metric } from '../model/comparison.ts';
import type { Gate, GateRule } from '../model/gate.ts';
import type { Run } from '../model/run.ts';
import { parseGateRule } from '../scenario/parse-gate-rule.ts';
import { median } from '../stats/summary.ts';
import { bareVariant } from '../testing/bare-variant.ts';
import { sampleRun } from '../testing/sample-run.ts';
import { compareVariants } from './compare-variants.ts';
import { decideGate } from './gate.ts';
import { judgeRules } from './gate-rules.ts';

const endpoints = ['GET /a', 'GET /b'];

function rule(text: string): GateRule {
  const read = parseGateRule(text, endpoints);
  if (read.status === 'refused') throw new Error(read.reason);
  return read.rule;
}

const units = { p95: 'ms', errors: '%', throughput: 'req/s', bytes: 'B/req', cpu: 'µs/req' } as const;

function metric(name: keyof typeof units, endpoint: string, rounds: readonly number[]): Metric {
  const better = name === 'throughput' ? 'higher' : 'lower';
  return { name, endpoint, unit: units[name], better, rounds, value: median(rounds) ?? null };
}

const variant = (metrics: readonly Metric[]) => bareVariant({ metrics });

const trusted: Run['validity'] = { trusted: true, warnings: [] };
const untrusted: Run['validity'] = {
  trusted: false,
  warnings: [{ level: 'untrusted', message: 'the generator was late' }],
};

function run(texts: readonly string[], more: Partial<Run>, gate: Partial<Gate> = {}) {
  return {
    scenario: {
      name: 'shop',
      digest: '',
      command: '',
      endpoints,
      gate: {
        metric: 'p95' as const,
        margin: 0.1,
        floorMs: 1,
        errors: 0.001,
        certain: false,
        require: texts.map(rule),
        findings: [],
        ...gate,
      },
    },
    variants: {},
    validity: trusted,
    ...more,
  };
}

/** The one rule over these metrics of one variant. */
const alone = (text: string, metrics: readonly Metric[], validity = trusted) =>
  judgeRules(run([text], { variants: { default: variant(metrics) }, validity }), {})[0];

/** The same rounds before and after, the latter times `factor`. */
function compared(text: string, factor: number, { spread = 0.02, ms = 100, validity = trusted } = {}) {
  const rounds = [1, 1 + spread, 1 - spread, 1 + spread / 2, 1 - spread / 2, 1].map((part) => part * ms);
  const after = rounds.map((value, index) => value * factor * (1 + (index % 2 === 0 ? spread : -spread)));
  const ruled = run([text], { validity });
  const sides = [rounds, after].map((values) => variant(endpoints.map((endpoint) => metric('p95', endpoint, values))));
  const [first, second] = [sides[0] ?? variant([]), sides[1] ?? variant([])];
  const comparison = compareVariants(
    { name: 'before', run: first },
    { name: 'after', run: second },
    ruled.scenario.gate,
    'sliced',
  );
  return judgeRules({ ...ruled, variants: { before: first, after: second }, comparison }, {})[0];
}

describe('a rule about a value', () => {
  const steady = [100, 102, 98, 101, 99, 100];
  const p95 = (rounds: readonly number[]) => endpoints.map((endpoint) => metric('p95', endpoint, rounds));

  it('holds where the whole interval lies within the limit, and is broken where the whole lies beyond', () => {
    expect(alone('p95 < 110ms', p95(steady))).toEqual({
      rule: 'p95 < 110ms',
      status: 'holds',
      summary: 'p95 of GET /a is 100 ms (90 % interval 98.8 ms to 101 ms), the nearest to it',
    });
    expect(alone('p95 < 90ms', p95(steady))).toEqual({
      rule: 'p95 < 90ms',
      status: 'broken',
      summary: 'p95 of GET /a is 100 ms (90 % interval 98.8 ms to 101 ms), and 1 more',
    });
  });

  it('is unsure where the limit lies within the interval, and after one round whatever that showed', () => {
    expect(alone('p95 < 101ms', p95(steady))?.status).toBe('unsure');
    expect(alone('p95 < 1s', p95([100]))).toMatchObject({
      status: 'unsure',
      summary: expect.stringContaining('p95 of GET /a is 100 ms in one round, which shows no spread'),
    });
  });

  it('is judged by the worst of the endpoints, unless it names one', () => {
    const metrics = [
      metric('p95', 'GET /a', steady),
      metric(
        'p95',
        'GET /b',
        steady.map((ms) => ms * 3),
      ),
    ];
    expect(alone('p95 < 200ms', metrics)).toMatchObject({
      status: 'broken',
      summary: 'p95 of GET /b is 300 ms (90 % interval 297 ms to 303 ms)',
    });
    expect(alone('p95 of GET /a < 200ms', metrics)?.status).toBe('holds');
    expect(alone('p95 < 1s', metrics)?.summary).toMatch(/^p95 of GET \/b /);
  });

  it('is unknown where it was not measured, or had too few requests, and says how many it needs', () => {
    expect(alone('cpu < 5ms', p95(steady))).toMatchObject({
      status: 'unknown',
      summary: 'cpu of the whole load was not measured',
    });
    const few = {
      ...metric('p95', 'GET /a', []),
      rounds: [100, null],
      value: null,
      requestsNeeded: 100,
      requestsSeen: 57,
    };
    expect(alone('p95 of GET /a < 1s', [few])).toMatchObject({
      status: 'unknown',
      summary: 'p95 of GET /a needs 100 requests per round, had 57',
    });
  });

  it('takes its limit in the unit of the metric', () => {
    const whole = [
      metric('cpu', allEndpoints, [4000, 4100, 3900]),
      metric('throughput', allEndpoints, [500, 510, 490]),
      metric('bytes', 'GET /a', [48_000, 48_000, 48_000]),
      metric('errors', 'GET /a', [0, 0.4, 0, 0.2]),
      metric('errors', 'GET /b', [0, 0, 0, 0]),
    ];
    const statusOf = (text: string) => alone(text, whole)?.status;
    expect([statusOf('cpu < 5ms'), statusOf('cpu < 3ms')]).toEqual(['holds', 'broken']);
    expect([statusOf('throughput > 400/s'), statusOf('throughput > 600/s')]).toEqual(['holds', 'broken']);
    expect([statusOf('bytes of GET /a <= 48kB'), statusOf('bytes of GET /a < 48kB')]).toEqual(['holds', 'broken']);
    expect([statusOf('errors < 1%'), statusOf('errors of GET /a < 0.1%')]).toEqual(['holds', 'unsure']);
    expect([statusOf('errors of GET /b <= 0%'), statusOf('errors of GET /b < 0%')]).toEqual(['holds', 'broken']);
  });

  it('about times is unsure where the measurement is not trusted, and about errors it is not', () => {
    const metrics = [...p95(steady), ...endpoints.map((endpoint) => metric('errors', endpoint, [2, 2, 2]))];
    expect(alone('p95 < 1s', metrics, untrusted)).toMatchObject({
      status: 'unsure',
      summary: expect.stringContaining('but the measurement is not trusted'),
    });
    expect(alone('errors < 1%', metrics, untrusted)?.status).toBe('broken');
    expect(alone('p95 < 1s', metrics, { ...untrusted, overridden: true })?.status).toBe('holds');
  });

  it('looks at the after side of a comparison', () => {
    const loaded = sampleRun();
    const gate = { ...loaded.run.scenario.gate, require: [{ ...rule('p95 < 20ms'), endpoint: 'GET /orders' }] };
    const ruled = { ...loaded.run, scenario: { ...loaded.run.scenario, gate } };
    expect(judgeRules(ruled, loaded.gathered)[0]?.status).toBe('holds');
  });
});

describe('a rule about a change', () => {
  it('holds, is broken or is unsure by the interval of the change', () => {
    expect(compared('p95 <= -20%', 0.6)?.status).toBe('holds');
    expect(compared('p95 <= -20%', 0.9)?.status).toBe('broken');
    expect(compared('p95 <= -20%', 0.8)?.status).toBe('unsure');
    expect(compared('p95 <= +10%', 1)?.status).toBe('holds');
    expect(compared('p95 <= +10%', 1.3)).toMatchObject({
      status: 'broken',
      summary: expect.stringMatching(
        /^p95 of GET \/a went from 100 ms to \d+ ms \(\+\d+ %, 90 % interval .*, and 1 more$/,
      ),
    });
  });

  it('allows growth up to the floor, but asks a drop in full', () => {
    expect(compared('p95 <= +10%', 1.3, { ms: 2 })?.status).toBe('holds');
    expect(compared('p95 <= -20%', 0.9, { ms: 2 })?.status).toBe('broken');
  });

  it('about times is unsure where the measurement is not trusted', () => {
    expect(compared('p95 <= -20%', 0.6, { validity: untrusted })?.status).toBe('unsure');
  });

  it('of errors compares the difference of the shares with what the gate tolerates', () => {
    const errors = (interval: readonly [number, number]): ComparedMetric => ({
      ...metric('errors', 'GET /a', []),
      unit: '%',
      before: 0,
      after: 0,
      change: 0,
      interval,
      p: 1,
      resolution: 0,
      rounds: 8,
      verdict: 'OK',
      gates: true,
    });
    const statusWith = (interval: readonly [number, number], text = 'errors of GET /a <= +0%') => {
      const { comparison } = sampleRun().run;
      const metrics: Comparison['metrics'] = [errors(interval)];
      return judgeRules(run([text], { ...(comparison && { comparison: { ...comparison, metrics } }) }), {})[0]?.status;
    };
    expect(statusWith([0, 0])).toBe('holds');
    expect(statusWith([-0.0004, 0.0009])).toBe('holds');
    expect(statusWith([-0.0004, 0.002])).toBe('unsure');
    expect(statusWith([0.01, 0.03])).toBe('broken');
    expect(statusWith([0.01, 0.03], 'errors of GET /a <= +5%')).toBe('holds');
  });

  it('is unknown without a comparison, and with the reason where the metric was left out of it', () => {
    expect(alone('p95 <= +10%', [])).toMatchObject({
      status: 'unknown',
      summary: expect.stringMatching(/nothing to compare/),
    });
    const { comparison } = sampleRun().run;
    if (!comparison) throw new Error('the sample has two variants');
    const omitted = [{ name: 'p99' as const, endpoint: 'GET /a', reason: 'p99 needs 500 requests per round, had 57' }];
    expect(judgeRules(run(['p99 of GET /a <= +10%'], { comparison: { ...comparison, omitted } }), {})[0]).toMatchObject(
      {
        status: 'unknown',
        summary: 'p99 of GET /a was not compared: p99 needs 500 requests per round, had 57',
      },
    );
  });
});

describe('a rule about the statements of a request', () => {
  const { run: sample, gathered } = sampleRun();
  const judged = (text: string, more: Partial<Run> = {}, artifacts = gathered) => {
    const orders = { ...rule(text.replace(' of GET /orders', '')), endpoint: 'GET /orders', text };
    const scenario = { ...sample.scenario, gate: { ...sample.scenario.gate, require: [orders] } };
    return judgeRules({ ...sample, ...more, scenario }, artifacts)[0];
  };

  it('takes what the comparison counted', () => {
    expect(judged('queries of GET /orders <= 3')).toEqual({
      rule: 'queries of GET /orders <= 3',
      status: 'holds',
      summary: 'GET /orders runs 2 statements per request',
    });
    expect(judged('queries of GET /orders < 2')?.status).toBe('broken');
    expect(judged('queries of GET /orders <= +0%')).toMatchObject({
      status: 'holds',
      summary: 'GET /orders went from 101 statements to 2 per request',
    });
  });

  it('counts the traced requests where there is no comparison, and is unknown where none was traced', () => {
    const { comparison, ...single } = sample;
    const text = 'queries of GET /orders <= 3';
    const require = [{ ...rule('queries <= 3'), endpoint: 'GET /orders', text }];
    const scenario = { ...sample.scenario, gate: { ...sample.scenario.gate, require } };
    const variants = { before: sample.variants.before ?? variant([]) };
    expect(judgeRules({ ...single, scenario, variants }, gathered)).toEqual([
      { rule: text, status: 'broken', summary: 'GET /orders runs 101 statements per request' },
    ]);
    const counts = comparison && { comparison: { ...comparison, counts: [] } };
    expect(judged(text, { ...counts }, {})).toMatchObject({
      status: 'unknown',
      summary: 'the statements of GET /orders were not traced',
    });
  });
});

describe('the decision over rules', () => {
  const rounds = [100, 102, 98, 101, 99, 100];
  const variants = { default: variant([metric('p95', 'GET /a', rounds)]) };
  const decide = (texts: readonly string[], gate: Partial<Gate> = {}) => decideGate(run(texts, { variants }, gate));

  it('fails with what is broken, and names the first of it with its figures', () => {
    const { exitCode, reason, rules } = decide(['p95 of GET /a < 1s', 'p95 of GET /a < 90ms', 'p95 of GET /a < 80ms']);
    expect(exitCode).toBe(1);
    expect(reason).toBe(
      'the gate requires "p95 of GET /a < 90ms", but p95 of GET /a is 100 ms (90 % interval 98.8 ms to 101 ms); and 1 more rule',
    );
    expect(rules.map(({ status }) => status)).toEqual(['holds', 'broken', 'broken']);
  });

  it('exits with 3 for what is unsure or unknown only where the gate asks for certainty', () => {
    expect(decide(['p95 of GET /a < 101ms'], { certain: true })).toMatchObject({
      exitCode: 3,
      reason: expect.stringMatching(
        /^whether "p95 of GET \/a < 101ms" holds cannot be told: .*, and gate.certain is set$/,
      ),
    });
    expect(decide(['cpu < 5ms'], { certain: true }).exitCode).toBe(3);
    expect(decide(['p95 of GET /a < 101ms', 'cpu < 5ms'])).toMatchObject({
      exitCode: 0,
      reason: expect.stringMatching(/; and 1 more rule; gate.certain is not set$/),
    });
  });

  it('passes where every rule holds, and says so', () => {
    expect(decide(['p95 of GET /a < 1s'], { certain: true })).toMatchObject({
      exitCode: 0,
      reason: expect.stringMatching(/, and the rule of the gate holds$/),
    });
  });
});
