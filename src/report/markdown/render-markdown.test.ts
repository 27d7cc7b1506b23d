import { describe, expect, it } from 'vitest';
import type { LoadedRun } from '../../model/run.ts';
import { withTextEverywhere } from '../../testing/hostile-run.ts';
import { missingIndexFinding, sampleDiagnosis, sampleRun } from '../../testing/sample-run.ts';
import { cellCode, codeBlock, escapeMarkdown, inlineCode } from './escape-markdown.ts';
import { renderMarkdown } from './render-markdown.ts';

const golden = '../../../fixtures/golden';
const plain = { showParameters: false };

/** What is left for a reader of markdown once code and the folds of the report itself are taken out. */
const prose = (text: string) =>
  text
    .replace(/^<(?:\/details|details><summary>[\w ]+<\/summary|!-- chokepoint:[\w.-]+ --)>$/gm, '')
    .replace(/^(`{3,}).*\n[\s\S]*?\n\1$/gm, '')
    .replace(/(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)/g, '');

describe('the markdown report', () => {
  it('shows the comparison of the orders service', async () => {
    await expect(renderMarkdown(sampleRun(), plain)).toMatchFileSnapshot(`${golden}/report-orders.md`);
  });

  it('shows the diagnosis of the orders service', async () => {
    await expect(renderMarkdown(sampleDiagnosis(), plain)).toMatchFileSnapshot(`${golden}/report-orders-diagnosis.md`);
  });

  it('begins with a marker that no name can break out of', () => {
    const { run, gathered } = sampleRun();
    const named = { run: { ...run, scenario: { ...run.scenario, name: 'a --> <b> c--d' } }, gathered };
    expect(renderMarkdown(named, plain).split('\n')[0]).toBe('<!-- chokepoint:a-b-c-d -->');
  });

  it('has no markup, mention or link from the service outside of code', () => {
    const hostile =
      ' </details><img src=x> @everyone #1 GH-2 https://evil.example [x](http://y) `` ``` | www.evil.example\n# h';
    const text = prose(renderMarkdown(withTextEverywhere(sampleRun(), hostile), plain));
    expect(text).not.toMatch(/<|@everyone|#1|GH-2|:\/\/|www\.|(?<!\\)\[x|^# h/m);
  });

  it('stays below 64 kB with a thousand findings and statements of 100 kB, and says what is missing', () => {
    const { run, gathered } = sampleRun();
    const remaining = Array.from({ length: 1000 }, (_, index) => ({ ...missingIndexFinding, key: String(index) }));
    const many: LoadedRun = {
      run: {
        ...run,
        ...(run.comparison && {
          comparison: { ...run.comparison, findings: { ...run.comparison.findings, remaining } },
        }),
      },
      gathered,
    };
    const long = 'SELECT a_column, '.repeat(6000);
    const markup = '&'.repeat(6000);
    const rules = Array.from({ length: 1000 }, () => ({ rule: long, status: 'broken' as const, summary: long }));
    const ruled = { ...many, run: { ...many.run, decision: { ...many.run.decision, rules } } };
    for (const loaded of [
      many,
      withTextEverywhere(sampleRun(), long),
      withTextEverywhere(many, long),
      withTextEverywhere(ruled, markup),
    ]) {
      expect(Buffer.byteLength(renderMarkdown(loaded, plain))).toBeLessThan(65_536);
    }
    expect(renderMarkdown(many, plain)).toMatch(/and \d+ more findings: see the HTML report/);
  });

  it('shows the tables of a finding, whose cells stay cells', () => {
    const { run, gathered } = sampleRun();
    const table = { kind: 'table' as const, label: 'kept', columns: ['for', 'hits'], rows: [['1 s | <b>', 4]] };
    const found = { ...missingIndexFinding, key: 'with a table', evidence: [table] };
    const findings = run.comparison && { ...run.comparison.findings, remaining: [found] };
    const comparison = run.comparison && findings && { ...run.comparison, findings };
    const text = renderMarkdown({ run: { ...run, ...(comparison && { comparison }) }, gathered }, plain);
    expect(text).toContain('kept\n\n| for | hits |\n| :-- | :-- |\n| 1 s \\| &lt;b&gt; | 4 |');
  });

  it('shows literals only where they are asked for', () => {
    const loaded = withTextEverywhere(sampleRun(), " OR id = 'secret'");
    const statements = (text: string) => [...text.matchAll(/```sql\nSELECT id, started_at[\s\S]*?```/g)].join();
    expect(statements(renderMarkdown(loaded, plain))).not.toContain('secret');
    expect(statements(renderMarkdown(loaded, { showParameters: true }))).toContain('secret');
  });
});

describe('escaping for markdown', () => {
  it('leaves plain sentences as they are', () => {
    const sentence = 'p95 of GET /orders fell from 84.8 ms to 11.6 ms (−86 %); version 0.1.0.';
    expect(escapeMarkdown(sentence)).toBe(sentence);
  });

  it('keeps a list, a heading and an emphasis from forming', () => {
    expect(['# a', '- b', '1. c', '*d*', '<e>'].map(escapeMarkdown)).toEqual([
      '\\# a',
      '\\- b',
      '1\\. c',
      '\\*d\\*',
      '&lt;e&gt;',
    ]);
  });

  it('fences code by more backticks than it has, and escapes pipes for tables', () => {
    expect(inlineCode('a|b')).toBe('`a|b`');
    expect(cellCode('a|b')).toBe('`a\\|b`');
    expect(inlineCode('`x``')).toBe('``` `x`` ```');
    expect(inlineCode('')).toBe('` `');
    expect(codeBlock('a\n````\nb', 'sql')).toBe('`````sql\na\n````\nb\n`````');
  });
});
