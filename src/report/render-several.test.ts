import { describe, expect, it } from 'vitest';
import { withTextEverywhere } from '../testing/hostile-run.ts';
import { sampleDiagnosis, sampleRun } from '../testing/sample-run.ts';
import { renderHtmlRuns } from './html/render-html-runs.ts';
import { renderJsonList } from './json/render-json.ts';
import { renderMarkdownRuns } from './markdown/render-markdown-runs.ts';
import { renderTerminalRuns } from './terminal/render-terminal-runs.ts';

const runs = [sampleRun(), sampleDiagnosis()];
const heading = { client: 'Client & Sons', title: 'Before <the> sale' };

describe('several runs in one report', () => {
  it('begin with a table of them in HTML, each with anchors of its own', () => {
    const page = renderHtmlRuns(runs, { showParameters: false, heading });
    expect(page).toContain('<title>Before &lt;the&gt; sale · for Client &amp; Sons · chokepoint</title>');
    expect(page.indexOf('aria-label="Runs"')).toBeLessThan(page.indexOf('id="run-1"'));
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, anchor = ''] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(anchor);
  });

  it('begin with a table of them in Markdown, behind one marker', () => {
    const text = renderMarkdownRuns(runs, { showParameters: false, heading });
    expect(text.split('\n').slice(0, 11)).toEqual([
      '<!-- chokepoint:orders -->',
      '',
      '# Before &lt;the&gt; sale',
      '',
      'for Client &amp; Sons',
      '',
      '## 2 runs',
      '',
      '| scenario | verdict | decision | findings |',
      '| :-- | :-- | :-- | :-- |',
      '| orders | ▼ IMPROVED | passes: the verdict is IMPROVED | 1 fixed, 2 remaining |',
    ]);
    expect(text.match(/^## /gm)).toHaveLength(3);
  });

  it('stay below the 65,536 bytes of a comment, however many they are and however long their texts', () => {
    const long = withTextEverywhere(sampleRun(), 'é'.repeat(50_000));
    for (const many of [
      [long],
      [long, long],
      Array.from({ length: 60 }, () => long),
      Array.from({ length: 60 }, sampleRun),
    ]) {
      expect(Buffer.byteLength(renderMarkdownRuns(many, { showParameters: true, heading }))).toBeLessThan(65_536);
    }
  });

  it('begin with a line for each in a terminal, and no line is too wide', () => {
    const text = renderTerminalRuns(runs, { width: 80, color: false, showParameters: false });
    expect(text.split('\n').slice(0, 3)).toEqual([
      '▼ IMPROVED      orders: 1 fixed, 2 remaining',
      '                passes: the verdict is IMPROVED',
      '  diagnosis     orders: 3 findings',
    ]);
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
  });

  it('are a list in JSON', () => {
    expect(JSON.parse(renderJsonList(runs.map(({ run }) => run))).map(({ id }: { id: string }) => id)).toEqual(
      runs.map(({ run }) => run.id),
    );
  });
});
