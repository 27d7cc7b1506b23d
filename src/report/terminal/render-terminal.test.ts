import { describe, expect, it } from 'vitest';
import type { LoadedRun } from '../../model/run.ts';
import { withTextEverywhere } from '../../testing/hostile-run.ts';
import { sampleDiagnosis, sampleRun } from '../../testing/sample-run.ts';
import { displayWidth } from './display-width.ts';
import { renderTerminal } from './render-terminal.ts';

const golden = '../../../fixtures/golden';
const htmlPath = '.chokepoint/runs/20260314T092611Z-orders/report.html';
const plain = { width: 80, color: false, showParameters: false };

const widest = (text: string) => Math.max(...text.split('\n').map(displayWidth));

/** Colours of the tool's own: SGR sequences and nothing else. */
const withoutColours = (text: string) => text.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '');

describe('the terminal report', () => {
  it('shows the comparison of the orders service at 80 columns', async () => {
    const text = renderTerminal(sampleRun(), { ...plain, htmlPath });
    await expect(text).toMatchFileSnapshot(`${golden}/report-orders-terminal-80.txt`);
    expect(widest(text)).toBeLessThanOrEqual(80);
  });

  it('shows the diagnosis of the orders service at 80 columns', async () => {
    const text = renderTerminal(sampleDiagnosis(), plain);
    await expect(text).toMatchFileSnapshot(`${golden}/report-orders-diagnosis-terminal-80.txt`);
    expect(widest(text)).toBeLessThanOrEqual(80);
  });

  it('says the same with colours, and has no escape byte without', () => {
    const coloured = renderTerminal(sampleRun(), { ...plain, color: true });
    const uncoloured = renderTerminal(sampleRun(), plain);
    expect(uncoloured).not.toContain('\x1b');
    expect(coloured).toContain('\x1b[');
    expect(withoutColours(coloured)).toBe(uncoloured);
  });

  it.each([60, 80, 100, 120])('keeps within %d columns with long names in wide characters', (width) => {
    for (const text of [' 漢字'.repeat(60), '/very-long-segment'.repeat(20), 'x'.repeat(500)]) {
      for (const loaded of [sampleRun(), sampleDiagnosis()]) {
        const rendered = renderTerminal(withTextEverywhere(loaded, text), { ...plain, width });
        expect(widest(rendered)).toBeLessThanOrEqual(width);
      }
    }
  });

  it('lets nothing from the service act on the terminal', () => {
    const hostile = '\x1b[2J\x1b]0;owned\x07\r\n\x9b31m\u202e\x00 end';
    for (const color of [false, true]) {
      const text = withoutColours(renderTerminal(withTextEverywhere(sampleRun(), hostile), { ...plain, color }));
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      expect(text).not.toContain('owned');
    }
  });

  it('cuts a statement of 100 kB to a line', () => {
    const long = `SELECT ${'a_column, '.repeat(10_000)} FROM t`;
    const text = renderTerminal(withTextEverywhere(sampleRun(), long), plain);
    expect(text.split('\n').length).toBeLessThan(200);
  });

  it('shows literals only where they are asked for', () => {
    const loaded = withTextEverywhere(sampleRun(), " OR id = 'secret'");
    const wide = { ...plain, width: 120 };
    expect(statements(renderTerminal(loaded, wide))).not.toContain('secret');
    expect(statements(renderTerminal(loaded, { ...wide, showParameters: true }))).toContain('secret');
  });

  it('says in the verdict that a measurement is not to be trusted, and why below', () => {
    const { run, gathered } = sampleRun();
    const untrusted: LoadedRun = {
      run: {
        ...run,
        validity: { trusted: false, warnings: [{ level: 'untrusted', message: '12 requests were lost' }] },
      },
      gathered,
    };
    const text = renderTerminal(untrusted, plain);
    expect(text).toMatch(/IMPROVED\n.*\n.*\nThe measurement is not to be trusted/);
    expect(text).toContain('TRUST      not trusted\n           12 requests were lost');
  });

  it('gives the number of requests that a missing quantile needs', () => {
    expect(renderTerminal(sampleDiagnosis(), plain)).toContain('n/a  p99 needs 5,000 requests a round');
  });

  it('says that one request would be enough where an endpoint had none', () => {
    const { run, gathered } = sampleDiagnosis();
    const variants = Object.fromEntries(
      Object.entries(run.variants).map(([name, variant]) => {
        const metrics = variant.metrics.map((metric) =>
          metric.name === 'errors' ? { ...metric, value: null, requestsNeeded: 1, requestsSeen: 0 } : metric,
        );
        return [name, { ...variant, metrics }];
      }),
    );
    const text = renderTerminal({ run: { ...run, variants }, gathered }, plain);
    expect(text).toContain('n/a  errors need 1 request a round');
  });

  it('shows an audit that threw with its error', () => {
    const { run, gathered } = sampleRun();
    const after = run.variants.after;
    if (!after) throw new Error('the sample has this variant');
    const outcomes = {
      ...after.outcomes,
      'duplicate-query': { status: 'errored', error: 'x is not a function' } as const,
    };
    const text = renderTerminal(
      { run: { ...run, variants: { ...run.variants, after: { ...after, outcomes } } }, gathered },
      plain,
    );
    expect(text).toContain('ERRORED    duplicate-query (after): x is not a function');
  });
});

const statements = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('    statement'))
    .join('\n');
