import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, noBrowser, type OpenedFile, openFile } from '../testing/browser.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

let sandbox: Sandbox;
let browser: Browser;
let report: string;

beforeAll(async () => {
  sandbox = await createSandbox();
  if (noBrowser !== undefined) return;
  browser = await launchBrowser();
  await sandbox.run(['run', resolve('fixtures/apps/missing-index/scenario.yaml')]);
  report = resolve(sandbox.folder, '.chokepoint/runs', sandbox.runs()[0] ?? '', 'report.html');
});
afterAll(async () => {
  await browser?.close();
  await sandbox.remove();
});

/** Opens the report, and lets nothing pass that the browser complains of or asks of the network. */
async function read(
  options: Parameters<typeof openFile>[2],
  steps: (page: Page) => Promise<unknown>,
): Promise<OpenedFile> {
  const opened = await openFile(browser, report, options);
  await steps(opened.page);
  expect(opened.noise).toEqual([]);
  await opened.page.close();
  return opened;
}

const readout = (page: Page) => page.locator('.flame-readout').first().textContent();

describe.skipIf(noBrowser)('the HTML report of a real run, in a browser (skipped where there is no chromium)', () => {
  test.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('shows verdict, gate, findings and plans in %s at %i px', async (colorScheme, width) => {
    await read({ colorScheme, width }, async (page) => {
      expect(await page.locator('h1').textContent()).toContain('missing-index');
      expect(await page.locator('.plain').textContent()).toContain('Two versions of missing-index');
      for (const { name } of await page.locator('nav').first().locator('a').evaluateAll(linksOf)) {
        await page.locator('nav').first().getByRole('link', { name, exact: true }).click();
      }
      await page.locator('#findings details summary').first().click();
      expect(await page.locator('#findings .plan').first().isVisible()).toBe(true);
      await page.locator('.to-plan').first().click();
      expect(await page.locator('#plans details[open] .plan').first().isVisible()).toBe(true);
      expect(await page.locator('html').evaluate((root) => root.scrollWidth)).toBe(width);
    });
  });

  test('its flame graph zooms by click, shows its figures under the mouse and goes back', async () => {
    await read({}, async (page) => {
      const canvas = page.locator('canvas').first();
      const whole = await canvas.screenshot();
      await canvas.hover({ position: { x: 30, y: 52 } });
      expect(await page.locator('.flame-tip').first().innerText()).toMatch(
        /in each request \(\d+ %\), .* of it its own/,
      );
      await canvas.click({ position: { x: 30, y: 52 } });
      expect(await readout(page)).toMatch(/slow → fixed: in all .* its own/);
      await page.locator('.flame-reset').first().click();
      await page.mouse.move(0, 0);
      expect(await page.locator('.flame-reset').first().isDisabled()).toBe(true);
      expect((await canvas.screenshot()).equals(whole)).toBe(true);
    });
  });

  test('its flame graph shows the difference, finds functions and says what share they take', async () => {
    await read({}, async (page) => {
      const canvas = page.locator('canvas').first();
      const after = await canvas.screenshot();
      await page.getByRole('button', { name: 'difference' }).first().click();
      expect(await page.locator('.flame-key').first().textContent()).toContain('takes more of its own time after');
      expect((await canvas.screenshot()).equals(after)).toBe(false);
      const search = page.locator('.flame-tools input').first();
      await search.fill('node:');
      expect(await page.locator('.flame-found').first().textContent()).toMatch(
        /^\d+ match(es)?, [\d.]+ % of the time$/,
      );
      await search.fill('no such function');
      expect(await page.locator('.flame-found').first().textContent()).toBe('0 matches, 0 % of the time');
      await page.locator('.flame-list summary').first().click();
      const link = page.locator('.flame-link').first();
      const name = (await link.textContent()) ?? '';
      await link.click();
      expect(await readout(page)).toContain(name);
    });
  });

  test('can be read by keyboard alone', async () => {
    await read({ colorScheme: 'dark' }, async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').textContent()).toBe('Skip to the report');
      await page.keyboard.press('Enter');
      expect(await page.locator(':focus').getAttribute('id')).toBe('main');

      await page.locator('#plans summary').first().focus();
      await page.keyboard.press('Enter');
      expect(await page.locator('#plans details').first().getAttribute('open')).toBe('');

      await page.locator('canvas').first().focus();
      for (const key of ['ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
      const below = await readout(page);
      expect(below).not.toContain('one request');
      await page.keyboard.press('Enter');
      expect(await page.locator('.flame-reset').first().isEnabled()).toBe(true);
      await page.keyboard.press('ArrowUp');
      expect(await readout(page)).not.toBe(below);
      await page.keyboard.press('Escape');
      expect(await page.locator('.flame-reset').first().isDisabled()).toBe(true);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Space');
      expect(await page.locator('.flame-reset').first().isEnabled()).toBe(true);
    });
  });

  test('prints with everything open, and with pictures instead of what cannot be clicked on paper', async () => {
    await read({ colorScheme: 'dark' }, async (page) => {
      const closed = page.locator('details:not([open])');
      const before = await closed.count();
      expect(before).toBeGreaterThan(0);
      await page.evaluate(() => {
        addEventListener('beforeprint', () => {
          document.body.dataset.closed = String(document.querySelectorAll('details:not([open])').length);
        });
      });
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      expect(await page.locator('body').getAttribute('data-closed')).toBe('0');
      expect(await closed.count()).toBe(before);

      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('.flame').first().isVisible()).toBe(true);
      expect(await page.locator('canvas').first().isVisible()).toBe(false);
      expect(await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)).toBe(
        'rgb(255, 255, 255)',
      );
    });
  });
});

function linksOf(links: readonly Element[]): readonly { readonly name: string }[] {
  return links.map((link) => ({ name: link.textContent ?? '' }));
}
