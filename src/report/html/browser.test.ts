import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame, StackProfile } from '../../model/profile.ts';
import type { LoadedRun } from '../../model/run.ts';
import { launchBrowser, noBrowser, openFile } from '../../testing/browser.ts';
import { withTextEverywhere } from '../../testing/hostile-run.ts';
import { sampleDiagnosis, sampleRun } from '../../testing/sample-run.ts';
import { renderHtml } from './render-html.ts';

const hostile = `</script></style></title><img src=x onerror=alert(1)>"'\`\x1b[31m\u202e\n<!-- --><svg onload=alert(2)> {{x}} \${y}`;

let folder: string;
let browser: Browser;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-report-'));
  if (noBrowser === undefined) browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, loaded: LoadedRun): string {
  const file = join(folder, name);
  writeFileSync(file, renderHtml(loaded, { showParameters: true }));
  return file;
}

describe.skipIf(noBrowser)(
  'the HTML report of a hostile service, in a browser (skipped where there is no chromium)',
  () => {
    it.each([
      [400, 'dark'],
      [1280, 'light'],
    ] as const)('runs nothing, asks for nothing and needs no scroll bar at %i px', async (width, colorScheme) => {
      const file = write('hostile.html', withTextEverywhere(sampleRun(), hostile));
      const { page, noise } = await openFile(browser, file, { width, colorScheme });
      await page.locator('details').evaluateAll((all) => {
        for (const details of all) details.setAttribute('open', '');
      });
      const canvas = page.locator('canvas').first();
      await canvas.hover({ position: { x: 20, y: 30 } });
      expect(await page.locator('.flame-tip').first().textContent()).toContain('</script></style></title><img src=x');
      for (const view of await page.locator('.flame-views').first().locator('button').all()) await view.click();
      await page.locator('.flame-tools input').first().fill('<img src=x onerror=alert(1)>');
      expect(await page.locator('.flame-found').first().textContent()).toMatch(/^[1-9]\d* matches, 100 % of the time$/);
      await page.locator('.flame-link').first().click();
      expect(await page.locator('img, iframe, object, embed, svg[onload], script:not([type])').count()).toBe(1);
      expect(await page.locator('html').evaluate((root) => root.scrollWidth)).toBe(width);
      expect(await page.locator('h2').allTextContents()).toContain('Findings');
      expect(noise).toEqual([]);
      await page.close();
    });

    it('runs no script but its own, not even one that markup should smuggle in', async () => {
      const { page, noise } = await openFile(browser, write('plain.html', sampleRun()));
      const ran = await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'document.title = "taken over"';
        document.body.append(script);
        return document.title;
      });
      expect(ran).not.toBe('taken over');
      expect(noise.join()).toContain('Content Security Policy');
      await page.close();
    });
  },
);

describe.skipIf(noBrowser)('a flame graph in a browser (skipped where there is no chromium)', () => {
  it('opens with 50,000 nodes, finds one of them and zooms to it', async () => {
    const { page, noise } = await openFile(browser, write('large.html', withProfile(largeProfile(50_000))));
    await page.locator('.flame-tools input').first().fill('function49 ');
    await page.locator('.flame-list summary').first().click();
    await page.locator('.flame-link').first().click();
    expect(await page.locator('.flame-readout').first().textContent()).toMatch(/^function\d+ .* in each request/);
    expect(await page.locator('.flame-reset').first().isEnabled()).toBe(true);
    expect(noise).toEqual([]);
    await page.close();
  });

  it('leaves a picture to browsers without scripts', async () => {
    const { page } = await openFile(browser, write('still.html', sampleRun()), { javaScriptEnabled: false });
    expect(await page.locator('.flame').first().isVisible()).toBe(true);
    expect(await page.locator('.flame .grew').count()).toBeGreaterThan(0);
    expect(await page.locator('canvas').count()).toBe(0);
    await page.close();
  });
});

/** A tree in which each node has three children, out of 50 functions. */
function largeProfile(nodes: number): StackProfile {
  const frames = Array.from(
    { length: 50 },
    (_, index): Frame => ({ name: `function${index} `, file: `/srv/src/${index}.js`, line: 1, kind: 'user' }),
  );
  const parent = Array.from({ length: nodes }, (_, node) => (node === 0 ? -1 : Math.floor((node - 1) / 3)));
  const frame = parent.map((_, node) => (node % 3) + ((node * 3) % 48));
  const selfUs = parent.map((_, node) => 1 + (node % 7));
  return { frames, parent, frame, selfUs, totalUs: selfUs.reduce((sum, us) => sum + us, 0) };
}

function withProfile(profile: StackProfile): LoadedRun {
  const { run, gathered } = sampleDiagnosis();
  const flow = { flow: 'a', endpoints: ['GET /a'], requests: 10, windowMs: 5000, samplingUs: 1000, profile };
  const [name = '', artifacts] = Object.entries(gathered)[0] ?? [];
  if (!artifacts) throw new Error('the sample has artifacts');
  return {
    run,
    gathered: {
      [name]: { ...artifacts, profile: { status: 'gathered', value: { runtime: 'node', flows: [flow] } } },
    },
  };
}
