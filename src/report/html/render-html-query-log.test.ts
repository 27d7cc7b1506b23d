import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryLogReport } from '../../model/query-log.ts';
import { launchBrowser, noBrowser, openFile } from '../../testing/browser.ts';
import { sampleQueryLog } from '../../testing/sample-query-log.ts';
import { renderHtmlQueryLog } from './render-html-query-log.ts';

const options = { top: 10, showParameters: false, toolVersion: '1.2.3' };
const hostile = `</script></style></title><img src=x onerror=alert(1)>"'\`\x1b[31m\u202e<svg onload=alert(2)>`;

/** The same report with `text` in the place of every text. */
function withText(report: QueryLogReport, text: string): QueryLogReport {
  const kept = new Set(['likely', 'possible', 'select', 'insert']);
  return JSON.parse(JSON.stringify(report), (_, value) =>
    typeof value === 'string' && !kept.has(value) ? text : value,
  );
}

describe('the HTML report of a query log', () => {
  it('has a section for all that the log tells, and none for what it does not', () => {
    const page = renderHtmlQueryLog(sampleQueryLog, options);
    const titles = [...page.matchAll(/<h2>([^<]+)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      ...[
        'Over time',
        'One query per row (N+1)',
        'The same query again',
        'Where the time went',
        'Plans',
        'Errors',
        'What was read',
      ],
    ]);
    expect(page).toContain('log_statement_sample_rate');
    expect(page).not.toContain('4711');
    const { timeline: _, ...untimed } = sampleQueryLog;
    const bare = renderHtmlQueryLog({ ...untimed, statements: [], nPlusOne: [], duplicates: [], errors: [] }, options);
    expect([...bare.matchAll(/<h2>/g)]).toHaveLength(1);
  });

  it('shows statements as they were sent only where that is asked for', () => {
    const page = renderHtmlQueryLog(sampleQueryLog, { ...options, showParameters: true });
    expect(page).toContain('4711');
    expect(page).toContain('do not pass it on unseen');
  });

  it('counts what it leaves out', () => {
    expect(renderHtmlQueryLog(sampleQueryLog, { ...options, top: 1 })).toContain('and 1 more statements');
  });
});

describe.skipIf(noBrowser)(`the HTML report of a hostile log, in a browser${noBrowser ? `: ${noBrowser}` : ''}`, () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chokepoint-log-report-'));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    [400, 'dark'],
    [1280, 'light'],
  ] as const)('runs nothing, asks for nothing and needs no scroll bar at %i px', async (width, colorScheme) => {
    const file = join(folder, 'log.html');
    writeFileSync(file, renderHtmlQueryLog(withText(sampleQueryLog, hostile), { ...options, showParameters: true }));
    const { page, noise } = await openFile(browser, file, { width, colorScheme });
    await page.locator('details').evaluateAll((all) => {
      for (const details of all) details.setAttribute('open', '');
    });
    expect(await page.locator('img, iframe, object, embed, svg[onload], script:not([type])').count()).toBe(1);
    expect(await page.locator('rect.column').count()).toBeGreaterThan(3);
    expect(await page.locator('html').evaluate((root) => root.scrollWidth)).toBe(width);
    expect(noise).toEqual([]);
    await page.close();
  });
});
