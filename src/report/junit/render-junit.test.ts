import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { Comparison, Verdict } from '../../model/comparison.ts';
import type { LoadedRun, Run } from '../../model/run.ts';
import { withTextEverywhere } from '../../testing/hostile-run.ts';
import { missingIndexFinding, sampleDiagnosis, sampleRun } from '../../testing/sample-run.ts';
import { renderJunit } from './render-junit.ts';

const schema = await readFile(new URL('../../../fixtures/schemas/junit.xsd', import.meta.url), 'utf8');

async function faultsOf(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents: xml }], schema: [schema] });
  return errors.map(({ message }) => message);
}

const changed = (change: (run: Run) => Partial<Run>): LoadedRun => {
  const { run, gathered } = sampleRun();
  return { run: { ...run, ...change(run) }, gathered };
};

/** The comparison with the p95 of GET /orders judged so. */
const judged = ({ comparison, scenario }: Run, verdict: Verdict, certain = false): Partial<Run> => ({
  scenario: { ...scenario, gate: { ...scenario.gate, certain } },
  comparison: {
    ...(comparison as Comparison),
    metrics: (comparison?.metrics ?? []).map((metric) =>
      metric.endpoint === 'GET /orders' && metric.gates ? { ...metric, verdict } : metric,
    ),
  },
});

const caseOf = (xml: string, name: string) =>
  new RegExp(`<testcase name="${name}"[^>]*?(?:/>|>[\\s\\S]*?</testcase>)`).exec(xml)?.[0] ?? '';

describe('the JUnit report', () => {
  it('shows the comparison of the orders service', async () => {
    const xml = renderJunit([sampleRun()]);
    await expect(xml).toMatchFileSnapshot('../../../fixtures/golden/report-orders.junit.xml');
    expect(await faultsOf(xml)).toEqual([]);
  });

  it('is what the schema wants of a diagnosis, of several runs, and of none', async () => {
    expect(await faultsOf(renderJunit([sampleDiagnosis()]))).toEqual([]);
    const several = renderJunit([sampleRun(), sampleDiagnosis()]);
    expect(await faultsOf(several)).toEqual([]);
    expect(several.match(/<testsuite /g)).toHaveLength(2);
    expect(await faultsOf(renderJunit([]))).toEqual([]);
  });

  it('fails the case of a metric that regressed, with its figures and interval', () => {
    const xml = renderJunit([changed((run) => judged(run, 'REGRESSED'))]);
    expect(caseOf(xml, 'GET /orders p95')).toMatch(
      /<failure message="REGRESSED: p95 of GET \/orders 84\.8 ms → 11\.6 ms, −86 % \(−\d+ … −\d+\), 90 % interval" type="failed">/,
    );
  });

  it('skips what cannot be told, and fails it where the gate asks for certainty', () => {
    expect(caseOf(renderJunit([changed((run) => judged(run, 'INCONCLUSIVE'))]), 'GET /orders p95')).toContain(
      '<skipped message="INCONCLUSIVE',
    );
    expect(caseOf(renderJunit([changed((run) => judged(run, 'INCONCLUSIVE', true))]), 'GET /orders p95')).toContain(
      '<failure message="INCONCLUSIVE',
    );
  });

  it('has a case for each rule of the gate', () => {
    const statuses = ['holds', 'broken', 'unsure', 'unknown'] as const;
    const rules = statuses.map((status) => ({ rule: `rule ${status}`, status, summary: `it ${status}` }));
    const xml = renderJunit([changed(() => ({ decision: { exitCode: 1, reason: 'rule broken', rules } }))]);
    expect(caseOf(xml, 'rule holds')).not.toMatch(/<failure|<skipped/);
    expect(caseOf(xml, 'rule broken')).toContain('<failure message="it broken"');
    expect(caseOf(xml, 'rule unsure')).toContain('<skipped message="it unsure"');
    expect(caseOf(xml, 'rule unknown')).toContain('<skipped');
    expect(caseOf(xml, 'decision')).toContain('<failure message="rule broken (exit code 1)"');
  });

  it('fails an audit by the findings that the gate names, and only tells of the others', () => {
    const gated = renderJunit([
      changed(({ scenario, comparison }) => ({
        scenario: {
          ...scenario,
          gate: {
            ...scenario.gate,
            findings: [{ audit: 'missing-index', severity: 'low', grade: 'proven', scope: 'introduced' }],
          },
        },
        comparison: {
          ...(comparison as Comparison),
          findings: { fixed: [], remaining: [], introduced: [missingIndexFinding] },
        },
      })),
    ]);
    expect(caseOf(gated, 'missing-index: An index is missing')).toContain('<failure');
    const remaining = renderJunit([sampleRun()]);
    expect(caseOf(remaining, 'missing-index: An index is missing')).toMatch(/time="0">\s*<system-out>remaining: GET/);
    expect(caseOf(remaining, 'event-loop-blocked: The event loop stays free')).toContain('<skipped');
  });

  it('counts its cases as they are', () => {
    const xml = renderJunit([sampleRun()]);
    const [, tests, failures, errors, skipped] =
      /<testsuite [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/.exec(xml) ?? [];
    expect({ tests, failures, errors, skipped }).toEqual({
      tests: String(xml.match(/<testcase /g)?.length),
      failures: String(xml.match(/<failure /g)?.length ?? 0),
      errors: String(xml.match(/<error /g)?.length ?? 0),
      skipped: String(xml.match(/<skipped /g)?.length ?? 0),
    });
  });

  it('holds no markup or control character from the service', async () => {
    const hostile = `]]></testcase><!--"'&amp;\x00\x08\x1b[31m\ufffe\uffff\ud800\u202e\n<x/>`;
    for (const loaded of [sampleRun(), sampleDiagnosis()]) {
      const xml = renderJunit([withTextEverywhere(loaded, hostile)]);
      expect(await faultsOf(xml)).toEqual([]);
      expect(xml).not.toMatch(/(?![\n])[\p{Cc}\p{Cf}\p{Cs}\ufffe\uffff]|<x\/>|<!--/u);
    }
  });
});
