import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LoadedRun } from '../../model/run.ts';
import { withTextEverywhere } from '../../testing/hostile-run.ts';
import { sampleDiagnosis, sampleRun } from '../../testing/sample-run.ts';
import { fastSessionsPlan } from '../../testing/sample-statements.ts';
import { renderHtml } from './render-html.ts';
import { renderHtmlRuns } from './render-html-runs.ts';
import { reportScript } from './report-script.ts';

const hostile = `</script></style></title><img src=x onerror=alert(1)>"'\`\x1b[31m\u202e\n<!-- --><svg onload=alert(2)> {{x}} \${y}`;
const plain = { showParameters: false };

/** Reads a page that has quoted attributes only, and returns what is wrong with it: stray brackets, unbalanced tags. */
function faultsOf(page: string): readonly string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const body = page
    .replace(/<style>[^<]*<\/style>/, '')
    .replace(`<script>${reportScript}</script>`, '')
    .replace('<!doctype html>', '');
  const rest = body.replace(/<(\/?)([a-z][a-z0-9]*)((?: +[a-z][\w-]*(?:="[^"<>]*")?)*) *(\/?)>/gi, (...match) => {
    const [, closing, name = '', , selfClosing] = match as string[];
    if (closing) {
      const last = open.pop();
      if (last !== name) faults.push(`</${name}> closes <${last}>`);
    } else if (!selfClosing && !['meta', 'link'].includes(name)) open.push(name);
    return '';
  });
  if (/[<>]/.test(rest))
    faults.push(`a stray bracket: ${rest.slice(Math.max(rest.search(/[<>]/) - 40, 0)).slice(0, 120)}`);
  return [...faults, ...open.map((name) => `<${name}> is not closed`)];
}

const scriptsOf = (page: string) => page.match(/<script[^>]*>/gi);
const dataBlocks = [0, 1, 2, 3].map((flow) => `<script type="application/json" id="flame-${flow}">`);

describe('the HTML report', () => {
  it.each([
    ['a comparison', sampleRun()],
    ['a diagnosis', sampleDiagnosis()],
    ['a run without artifacts', { run: sampleRun().run, gathered: {} }],
  ])('is well-formed for %s', (_, loaded) => expect(faultsOf(renderHtml(loaded, plain))).toEqual([]));

  it('names every endpoint, finding, fix and reason', () => {
    const page = renderHtml(sampleRun(), plain);
    for (const text of [
      'GET /users/:userId/sessions/active',
      'One query per row (N+1)',
      'CREATE INDEX CONCURRENTLY ON sessions (user_id, status);',
      'the runtime agent does not report yet',
      'chokepoint run scenarios/orders.yaml',
      'Parallel Seq Scan',
      'deepClone',
      'href="flame/after.html"',
    ]) {
      expect(page).toContain(text);
    }
  });

  it('says why an endpoint changed, what was counted, and what came of each rule of the gate', () => {
    const { run, gathered } = sampleRun();
    const rules = [
      { rule: 'p95 of GET /orders < 250ms', status: 'holds', summary: 'it is 11.6 ms' },
      { rule: 'errors < 1%', status: 'unsure', summary: 'it may be 2 %' },
    ] as const;
    const page = renderHtml({ run: { ...run, decision: { exitCode: 1, reason: 'too slow', rules } }, gathered }, plain);
    for (const text of [
      'statements per request 101 → 2',
      'explains −37.5 ms',
      '<th scope="row">statements</th><td>101</td><td>2</td><td>−98 %</td>',
      'does not pass</span>\n<span class="decision-reason">too slow</span> <span class="muted">exit code 1</span>',
      '<code>p95 of GET /orders &lt; 250ms</code>',
      '>?</span> unsure</span>',
      'In plain words',
    ]) {
      expect(page).toContain(text);
    }
  });

  it('leads to each finding and plan, and every link within the page arrives', () => {
    const two = renderHtmlRuns([sampleRun(), sampleDiagnosis()], plain);
    for (const page of [renderHtml(sampleRun(), plain), renderHtml(sampleDiagnosis(), plain), two]) {
      const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
      const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(links.filter((id) => !ids.includes(id))).toEqual([]);
      expect(
        links.filter((id) => /^(run-1-)?(finding-remaining-0|finding-found-0|plan-0)$/.test(id ?? '')).length,
      ).toBeGreaterThan(1);
    }
  });

  it('has headings in order: none is more than one step below the one before', () => {
    const levels = [...renderHtml(sampleRun(), plain).matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
  });

  it('loads nothing, runs its own script alone, and says so to the browser', () => {
    const page = renderHtml(sampleRun(), plain);
    expect(page).not.toMatch(/https?:|src=|@import|url\(/i);
    expect(scriptsOf(page)).toEqual([...dataBlocks, '<script>']);
    const hash = createHash('sha256').update(reportScript).digest('base64');
    const policy = page.match(/Content-Security-Policy" content="([^"]*)"/)?.[1]?.replaceAll('&#39;', "'");
    expect(policy).toContain(`default-src 'none'; script-src 'sha256-${hash}';`);
  });

  it('never lets text from the service become markup', () => {
    for (const showParameters of [false, true]) {
      for (const loaded of [sampleRun(), sampleDiagnosis()]) {
        const page = renderHtml(withTextEverywhere(loaded, hostile), { showParameters });
        expect(faultsOf(page)).toEqual([]);
        expect(page.replace(reportScript, '')).not.toMatch(/<img|<svg onload|(?!\n)[\p{Cc}\p{Cf}]/u);
        expect(scriptsOf(page)).toEqual([...dataBlocks, '<script>']);
      }
    }
  });

  it('makes no link of a flame graph that is not a plain path', () => {
    for (const flameGraph of ['javascript:alert(1)', '../../etc/passwd.html', '//host/x.html', 'a.html?x=1']) {
      expect(renderHtml(withFlameGraph(flameGraph), plain)).not.toContain(`<a href="${flameGraph}`);
    }
  });

  it('shows literals of statements and plans only where they are asked for', () => {
    expect(renderHtml(sampleRun(), plain)).not.toMatch(/4711|&#39;active&#39;/);
    expect(renderHtml(sampleRun(), { showParameters: true })).toMatch(/4711/);
    expect(renderHtml(sampleRun(), { showParameters: true })).toMatch(/&#39;active&#39;/);
  });

  it('stays small where every text of the service has 100 kB', () => {
    const page = renderHtml(withTextEverywhere(sampleRun(), ' a_column,'.repeat(10_000)), plain);
    expect(page.length).toBeLessThan(6_000_000);
  });

  it('shows nothing twice as sure: an untrusted measurement is marked beside the verdict', () => {
    const { run, gathered } = sampleRun();
    const page = renderHtml({ run: { ...run, validity: { trusted: false, warnings: [] } }, gathered }, plain);
    expect(page.indexOf('not trusted')).toBeLessThan(page.indexOf('<nav'));
  });
});

function withFlameGraph(flameGraph: string): LoadedRun {
  const { run, gathered } = sampleRun();
  const variants = Object.fromEntries(
    Object.entries(run.variants).map(([name, variant]) => [name, { ...variant, flameGraph }]),
  );
  return { run: { ...run, variants }, gathered };
}

it('shows how a plan differs from that of the other variant', () => {
  const loaded = sampleRun();
  const { before = '' } = loaded.run.comparison ?? {};
  const gathered = loaded.gathered[before];
  if (gathered?.plans.status !== 'gathered') throw new Error('the sample has no plans');
  const statements = gathered.plans.value.statements.map((statement) =>
    statement.status === 'analyzed' ? { ...statement, plan: fastSessionsPlan } : statement,
  );
  const plans = { status: 'gathered', value: { ...gathered.plans.value, statements } } as const;
  const page = renderHtml({ ...loaded, gathered: { ...loaded.gathered, [before]: { ...gathered, plans } } }, plain);
  expect(renderHtml(loaded, plain)).not.toContain('Another plan in');
  expect(page).toMatch(
    /Another plan in before, [^<]*: Index Scan on sessions \(sessions_user_id_status_idx\) → Parallel Seq Scan on sessions</,
  );
  expect(faultsOf(page)).toEqual([]);
});
