import type { LoadedRun, RuleResult, Run } from '../../model/run.ts';
import { coverageSentences } from '../coverage-text.ts';
import { clipText } from '../untrusted-text.ts';
import { verdictSentence } from '../verdict-text.ts';
import { auditCases } from './audit-cases.ts';
import { metricCases } from './metric-cases.ts';
import { type TestCase, testCaseXml } from './test-case.ts';
import { xmlAttributes, xmlText } from './xml.ts';

/**
 * A test report of one or several runs: a suite for each run, with a case for the gate's decision, each of its rules,
 * each metric that decides, and each audit.
 *
 * It keeps to what Jenkins, GitLab and dorny/test-reporter all read: `fixtures/schemas/junit.xsd`.
 */
export function renderJunit(runs: readonly LoadedRun[]): string {
  const suites = runs.map(({ run }) => suiteOf(run));
  const all = suites.flatMap(({ cases }) => cases);
  const seconds = runs.reduce((sum, { run }) => sum + run.durationMs / 1000, 0);
  const { skipped: _inSuitesOnly, ...counts } = countsOf(all);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes({ name: 'chokepoint', ...counts, time: seconds.toFixed(3) })}>`,
    ...suites.map(({ run, cases }) => suiteXml(run, cases)),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteOf(run: Run): { readonly run: Run; readonly cases: readonly TestCase[] } {
  return { run, cases: [decisionCase(run), ...ruleCases(run), ...metricCases(run), ...auditCases(run)] };
}

function suiteXml(run: Run, cases: readonly TestCase[]): string {
  const name = clipText(run.scenario.name, 500);
  const attributes = xmlAttributes({
    name,
    ...countsOf(cases),
    time: (run.durationMs / 1000).toFixed(3),
    timestamp: run.startedAt.replace(/(?:\.\d+)?Z?$/, ''),
  });
  const properties = {
    run: run.id,
    tool: `${run.tool.name} ${run.tool.version}`,
    verdict: run.comparison?.verdict ?? 'diagnosis',
    trusted: run.validity.trusted,
  };
  return [
    `  <testsuite${attributes}>`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([key, value]) => `      <property${xmlAttributes({ name: key, value: clipText(String(value), 500) })}/>`,
    ),
    '    </properties>',
    ...cases.map((each) => testCaseXml(each, name)),
    `    <system-out>${xmlText(summary(run))}</system-out>`,
    '  </testsuite>',
  ].join('\n');
}

function summary(run: Run): string {
  const causes = run.comparison?.causes.map((cause) => `${cause.endpoint}: ${cause.summary}`) ?? [];
  const warnings = run.validity.warnings.map(({ message }) => message);
  const lines = [verdictSentence(run), ...causes, ...warnings, ...coverageSentences(run)];
  return lines.map((line) => clipText(line, 2000)).join('\n');
}

function countsOf(cases: readonly TestCase[]) {
  const count = (status: TestCase['result']['status']) => cases.filter(({ result }) => result.status === status).length;
  return { tests: cases.length, failures: count('failed'), errors: count('errored'), skipped: count('skipped') };
}

/** The suite fails wherever the command does. */
function decisionCase({ decision: { exitCode, reason } }: Run): TestCase {
  return {
    group: 'gate',
    name: 'decision',
    result: exitCode === 0 ? { status: 'passed' } : { status: 'failed', message: `${reason} (exit code ${exitCode})` },
    output: reason,
  };
}

function ruleCases({ decision, scenario }: Run): readonly TestCase[] {
  const unsure = scenario.gate.certain ? 'failed' : 'skipped';
  const results: Readonly<Record<RuleResult['status'], TestCase['result']['status']>> = {
    holds: 'passed',
    broken: 'failed',
    unsure,
    unknown: unsure,
  };
  return decision.rules.map(({ rule, status, summary: message }): TestCase => {
    const result = results[status];
    return {
      group: 'gate',
      name: rule,
      result: result === 'passed' ? { status: result } : { status: result, message },
      output: message,
    };
  });
}
