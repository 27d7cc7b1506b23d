import { describe, expect, it } from 'vitest';
import type { Finding } from '../../model/finding.ts';
import type { LoadedRun, Run } from '../../model/run.ts';
import { withTextEverywhere } from '../../testing/hostile-run.ts';
import { missingIndexFinding, sampleDiagnosis, sampleRun } from '../../testing/sample-run.ts';
import { renderGithub } from './render-github.ts';

const root = '/srv/orders';
const changed = (change: Partial<Run>): LoadedRun => ({
  ...sampleDiagnosis(),
  run: { ...sampleDiagnosis().run, ...change },
});

const withFindings = (findings: readonly Finding[], named: readonly string[] = []): LoadedRun => {
  const { run } = sampleDiagnosis();
  const variant = { ...Object.values(run.variants)[0]!, outcomes: { x: { status: 'fail', findings } as const } };
  const rules = named.map((audit) => ({ audit, severity: 'low', grade: 'proven', scope: 'introduced' }) as const);
  const scenario = { ...run.scenario, gate: { ...run.scenario.gate, findings: rules } };
  return changed({ variants: { default: variant }, scenario });
};

const inFile = (file: string, line: number): Finding => ({
  ...{ key: file, audit: 'cpu-hotspot', severity: 'high', grade: 'likely', summary: 'f takes long' },
  evidence: [
    {
      kind: 'frames',
      label: '',
      rows: [{ frame: { name: 'f', file, line, kind: 'user' }, selfUsPerRequest: 1, totalUsPerRequest: 1, share: 1 }],
    },
  ],
});

describe('annotations of GitHub', () => {
  it('show the decision first, and findings at their lines', () => {
    expect(renderGithub([sampleRun()], { root }).split('\n')).toEqual([
      expect.stringMatching(
        /^::notice title=orders%3A IMPROVED::p95 of GET \/orders fell .*%0Athe verdict is IMPROVED$/,
      ),
      expect.stringMatching(
        /^::warning title=An index is missing \(proven\)::GET \/users\/:userId\/sessions\/active: /,
      ),
      expect.stringMatching(
        /^::warning file=fixtures\/apps\/orders\/server\.js,line=120,title=CPU hotspot \(likely\)::GET \/report: /,
      ),
      '',
    ]);
  });

  it('are errors where the gate fails', () => {
    const text = renderGithub([withFindings([missingIndexFinding], ['missing-index'])], { root });
    expect(text).toContain('::error title=An index is missing (proven)::');
    const failed = changed({ decision: { exitCode: 1, reason: 'p95 rose', rules: [] } });
    expect(renderGithub([failed], { root })).toMatch(/^::error title=orders%3A diagnosis::.*%0Ap95 rose\n/);
  });

  it.each([
    ['/srv/orders/src/a.js', 'file=src/a.js,line=7,'],
    ['file:///srv/orders/src/a.ts', 'file=src/a.ts,line=7,'],
    ['src/a,b:c%.js', 'file=src/a%2Cb%3Ac%25.js,line=7,'],
    ['/srv/orders/node_modules/pg/lib/client.js', ''],
    ['/srv/other/a.js', ''],
    ['node:internal/timers', ''],
    ['../a.js', ''],
    ['https://host/a.js', ''],
  ])('name %s as it lies in the repository', (file, properties) => {
    const [, line] = renderGithub([withFindings([inFile(file, 7)])], { root }).split('\n');
    expect(line).toMatch(/^::warning /);
    expect(line?.startsWith(`::warning ${properties}title=`)).toBe(true);
  });

  it('stand at the line that sends the statement', () => {
    const place = { file: `${root}/src/orders.js`, line: 21, name: 'listOrders' };
    const evidence = [{ kind: 'statement', label: 'the statement', sql: 'SELECT 1', place }] as const;
    const [, line] = renderGithub([withFindings([{ ...missingIndexFinding, evidence }])], { root }).split('\n');
    expect(line).toMatch(/^::warning file=src\/orders\.js,line=21,title=/);
  });

  it('are at most ten of each level, and say that there are more', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ ...missingIndexFinding, key: String(index) }));
    const lines = renderGithub([withFindings(many)], { root }).split('\n');
    expect(lines.filter((line) => line.startsWith('::warning'))).toHaveLength(10);
    expect(lines.at(-2)).toBe('20 more annotations than GitHub shows: see the report');
  });

  it('let no text from the service begin a command of its own', () => {
    const hostile = '\n::set-output name=x::y\r\n::error::z\x1b[31m,file=x%0A::stop-commands::t';
    for (const loaded of [sampleRun(), sampleDiagnosis()]) {
      const text = renderGithub([withTextEverywhere(loaded, hostile)], { root });
      for (const line of text.trimEnd().split('\n'))
        expect(line).toMatch(/^::(?:notice|warning|error) (?:file|title)=/);
      expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
      for (const [, properties = ''] of text.matchAll(/^::\w+ (.*?)::/gm)) {
        expect(properties.split(',').map((property) => property.split('=')[0])).toEqual(
          properties.startsWith('file') ? ['file', 'line', 'title'] : ['title'],
        );
      }
    }
  });
});
