import { describe, expect, it } from 'vitest';
import type { ComparedMetric, Comparison } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import { bareVariant } from '../testing/bare-variant.ts';
import { sampleDiagnosis, sampleRun } from '../testing/sample-run.ts';
import { endpointRows } from './endpoint-rows.ts';
import { renderHtml } from './html/render-html.ts';
import { renderMarkdown } from './markdown/render-markdown.ts';
import { renderTerminal } from './terminal/render-terminal.ts';
import { designSentence, doubtSentence, resolutionSentence, verdictSentence } from './verdict-text.ts';

const { run } = sampleRun();

function withComparison(change: (comparison: Comparison) => Partial<Comparison>): Run {
  if (!run.comparison) throw new Error('the sample has a comparison');
  return { ...run, comparison: { ...run.comparison, ...change(run.comparison) } };
}

const changed = (metrics: readonly ComparedMetric[], endpoint: string, change: Partial<ComparedMetric>) =>
  metrics.map((metric) => (metric.endpoint === endpoint && metric.gates ? { ...metric, ...change } : metric));

it('is said how before and after shared the time of the machine', () => {
  const blocks = withComparison(() => ({ design: 'blocks' }));
  for (const [of, says] of [
    [run, 'before and after took turns in short slices, so that what disturbs the machine disturbs both'],
    [blocks, 'before and after were up one after the other in each round, in random order'],
    [sampleDiagnosis().run, undefined],
  ] as const) {
    expect(designSentence(of)).toBe(says);
    const terminal = renderTerminal({ run: of, gathered: {} }, { width: 200, color: false, showParameters: false });
    if (says) expect(terminal.replace(/\s+/g, ' ')).toContain(says);
  }
});

describe('the sentence beside the verdict', () => {
  it('names the endpoint that improved and says that the others did not move', () => {
    expect(verdictSentence(run)).toBe(
      'p95 of GET /orders fell from 84.8 ms to 11.6 ms (−86 %); the other 3 endpoints stayed within ±10 % or 1 ms.',
    );
  });

  it('names the endpoint that regressed, and counts the others by their verdict', () => {
    const regressed = withComparison(({ metrics }) => ({
      verdict: 'REGRESSED',
      metrics: changed(metrics, 'GET /report', { verdict: 'REGRESSED', before: 46, after: 69, change: 0.5 }),
    }));
    expect(verdictSentence(regressed)).toBe(
      'p95 of GET /report rose from 46.0 ms to 69.0 ms (+50 %); of the other 3 endpoints, 1 improved, 2 stayed within ±10 % or 1 ms.',
    );
  });

  it('says of an untrusted measurement what was wrong, and nothing of its changes', () => {
    const warnings = [
      { level: 'note', message: 'little' },
      { level: 'untrusted', message: 'before: the rate was not reached' },
      { level: 'untrusted', message: 'after: the rate was not reached' },
    ] as const;
    const untrusted = {
      ...withComparison(() => ({ verdict: 'INCONCLUSIVE' })),
      validity: { trusted: false, warnings },
    };
    expect(verdictSentence(untrusted)).toBe(
      'No change of a latency can be told: before: the rate was not reached, and 1 more.',
    );
    expect(doubtSentence(untrusted, 'see below')).toBe('The measurement is not to be trusted; see below.');
    const overridden = { ...run, validity: { ...untrusted.validity, overridden: true } };
    expect(verdictSentence(overridden)).toBe(verdictSentence(run));
    expect(doubtSentence(overridden, 'see below')).toBe(
      'The measurement is not to be trusted; see below. The verdict stands because --trust-anyway was given.',
    );
    expect(doubtSentence(run, 'see below')).toBeUndefined();
  });

  it('is said to be overridden in every report where it is', () => {
    const overridden = { run: { ...run, validity: { trusted: false, overridden: true, warnings: [] } }, gathered: {} };
    const terminal = renderTerminal(overridden, { width: 80, color: false, showParameters: false });
    for (const text of [terminal, renderMarkdown(overridden, { showParameters: false })]) {
      expect(text).toContain('--trust-anyway');
    }
    const page = renderHtml(overridden, { showParameters: false });
    expect(page).toContain('▲ not trusted, overridden</a>');
    expect(page).toContain('The verdict stands because --trust-anyway was given.');
  });

  it('says from which change on an inconclusive measurement could have told', () => {
    const inconclusive = withComparison(({ metrics }) => ({
      verdict: 'INCONCLUSIVE',
      metrics: changed(metrics, 'GET /report', { verdict: 'INCONCLUSIVE', change: 0.12, resolution: 0.31 }),
    }));
    expect(verdictSentence(inconclusive)).toBe(
      'p95 of GET /report changed by +12 %, which these rounds cannot tell from noise: they resolve changes from ±31 % on.',
    );
  });

  it('does not call a sure change noise where only its size is in doubt, nor where chance might do as much', () => {
    const inconclusive = (change: Partial<ComparedMetric>) =>
      withComparison(({ metrics }) => ({
        verdict: 'INCONCLUSIVE',
        metrics: changed(metrics, 'GET /report', { verdict: 'INCONCLUSIVE', ...change }),
      }));
    expect(verdictSentence(inconclusive({ change: 0.08, interval: [0.03, 0.14], p: 0.004 }))).toBe(
      'p95 of GET /report changed by +8 % (+3 … +14), and these rounds cannot tell whether that is more than ±10 % or 1 ms.',
    );
    expect(verdictSentence(inconclusive({ change: 0.3, interval: [0.25, 0.36], p: 0.0625 }))).toBe(
      'p95 of GET /report changed by +30 % (+25 … +36), and chance alone might do as much (p = 0.063).',
    );
    expect(
      verdictSentence(
        inconclusive({ name: 'errors', unit: '%', change: 0.0008, interval: [0.0002, 0.0014], p: 0.01, before: 0 }),
      ),
    ).toContain('+0.08 points (+0.02 … +0.14), and these rounds cannot tell whether that is more than 0.1 points');
  });

  it('does not say of an endpoint that it stayed as it was if its errors did not', () => {
    const errors = { name: 'errors', unit: '%', before: 0, after: 2, change: 0.02, verdict: 'REGRESSED' } as const;
    const regressed = withComparison(({ metrics }) => ({
      verdict: 'REGRESSED',
      metrics: [
        ...changed(metrics, 'GET /report', { verdict: 'REGRESSED', before: 46, after: 69, change: 0.5 }),
        ...metrics
          .filter(({ endpoint, gates }) => endpoint === 'GET /orders' && gates)
          .map((metric) => ({ ...metric, ...errors })),
      ],
    }));
    expect(verdictSentence(regressed)).toContain('; of the other 3 endpoints, 1 regressed, 2 stayed within');
  });

  it('leads with a metric that decides, though another one changed by more', () => {
    const regressed = withComparison(({ metrics }) => ({
      verdict: 'REGRESSED',
      metrics: changed(metrics, 'GET /report', { verdict: 'REGRESSED', before: 46, after: 69, change: 0.5 }).map(
        (metric) =>
          metric.endpoint === 'GET /report' && metric.name === 'p50'
            ? { ...metric, verdict: 'REGRESSED' as const, change: 3 }
            : metric,
      ),
    }));
    expect(verdictSentence(regressed)).toMatch(/^p95 of GET \/report rose/);
  });

  it('names the latency as such where endpoints were judged on different ones', () => {
    const mixed = withComparison(({ metrics }) => ({
      verdict: 'OK',
      metrics: metrics.map((metric) => {
        const judged = metric.endpoint === 'GET /report' ? metric.name === 'p50' : metric.gates;
        return { ...metric, gates: judged, verdict: 'OK' as const };
      }),
    }));
    expect(verdictSentence(mixed)).toBe('The latency of all 4 endpoints stayed within ±10 % or 1 ms.');
    expect(resolutionSentence(mixed)).toMatch(/^changes of the latency from /);
  });

  it('names an endpoint that could not be judged where that alone makes the verdict inconclusive', () => {
    const unjudged = withComparison(({ metrics, omitted }) => ({
      verdict: 'INCONCLUSIVE',
      metrics: metrics.filter(({ endpoint }) => endpoint !== 'GET /report'),
      omitted: [
        ...omitted,
        { name: 'p95', endpoint: 'GET /report', reason: 'p95 needs 1000 requests per round, had 40' },
      ],
    }));
    expect(verdictSentence(unjudged)).toBe(
      'GET /report could not be judged: p95 needs 1000 requests per round, had 40.',
    );
  });

  it('judges an endpoint by another quantile where that one decides, and says why', () => {
    const byMedian = withComparison(({ metrics, omitted }) => ({
      metrics: metrics
        .filter(({ endpoint, name }) => endpoint !== 'GET /report' || name !== 'p95')
        .map((metric) =>
          metric.endpoint === 'GET /report' && metric.name === 'p50' ? { ...metric, gates: true } : metric,
        ),
      omitted: [...omitted, { name: 'p95', endpoint: 'GET /report', reason: 'too few requests: judged on p50' }],
    }));
    const row = endpointRows(byMedian).find(({ endpoint }) => endpoint === 'GET /report');
    expect(row).toMatchObject({ status: 'compared', metric: { name: 'p50' }, note: 'too few requests: judged on p50' });
  });

  it('mentions a metric besides the deciding one only where it got worse or cannot be told', () => {
    const failing = withComparison(({ metrics }) => ({
      metrics: [
        ...metrics,
        ...(['REGRESSED', 'OK'] as const).map((verdict, index) => ({
          name: 'errors' as const,
          endpoint: index === 0 ? 'GET /orders' : 'GET /report',
          unit: '%' as const,
          better: 'lower' as const,
          before: 0,
          after: 2,
          change: 0.02,
          interval: [0.01, 0.03] as const,
          p: 0.004,
          resolution: 0.01,
          rounds: 8,
          verdict,
          gates: true,
        })),
      ],
    }));
    expect(endpointRows(failing).map(({ notable }) => notable.length)).toEqual([1, 0, 0, 0]);
  });

  it('counts the findings of a diagnosis and names the dearest', () => {
    expect(verdictSentence(sampleDiagnosis().run)).toBe(
      '3 findings; the dearest costs 70.5 ms of each request of GET /users/:userId/sessions/active.',
    );
    expect(verdictSentence({ ...sampleDiagnosis().run, variants: {} })).toBe('No audit found anything.');
    const skipped = { status: 'skipped', missing: 'queries', reason: 'no database' } as const;
    const outcomes = { 'n-plus-one': skipped, 'write-loop': skipped, 'cpu-hotspot': { status: 'pass' } } as const;
    expect(verdictSentence({ ...sampleDiagnosis().run, variants: { default: bareVariant({ outcomes }) } })).toBe(
      'No audit found anything; 2 audits could not look.',
    );
  });

  it('names no saving where there is none', () => {
    const { run: diagnosis } = sampleDiagnosis();
    const variants = Object.fromEntries(
      Object.entries(diagnosis.variants).map(([name, variant]) => [
        name,
        {
          ...variant,
          outcomes: Object.fromEntries(
            Object.entries(variant.outcomes).map(([id, outcome]) => [
              id,
              outcome.status === 'fail'
                ? { ...outcome, findings: outcome.findings.map((finding) => ({ ...finding, savingMs: 0 })) }
                : outcome,
            ]),
          ),
        },
      ]),
    );
    const nothing = { run: { ...diagnosis, variants }, gathered: {} };
    expect(verdictSentence(nothing.run)).toBe('3 findings.');
    const options = { width: 100, color: false, showParameters: false };
    for (const report of [
      renderTerminal(nothing, options),
      renderMarkdown(nothing, options),
      renderHtml(nothing, options),
    ]) {
      expect(report).not.toMatch(/\bsave[sd]\b.{0,20}\b0 ms|0 ms<\/(?:strong|dd)>|largest saving/);
    }
  });

  it('says that nothing is resolved where no latency could be compared', () => {
    expect(resolutionSentence(withComparison(() => ({ resolution: null })))).toContain('no latency could be compared');
    expect(resolutionSentence(sampleDiagnosis().run)).toBeUndefined();
  });
});
