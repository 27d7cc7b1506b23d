import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why there is no browser here; `undefined` where there is one. */
export const noBrowser = existsSync(executablePath) ? undefined : `there is no ${executablePath}`;

/** A browser that keeps to itself: whatever asks the network then is the page. */
export function launchBrowser(): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...quiet] });
}

export interface OpenedFile {
  readonly page: Page;
  /** Requests beside the one for the file, console messages, errors and dialogs, as they come. */
  readonly noise: readonly string[];
}

/** A file in a page of its own. */
export async function openFile(
  browser: Browser,
  file: string,
  options: {
    readonly width?: number;
    readonly colorScheme?: 'light' | 'dark';
    readonly javaScriptEnabled?: boolean;
  } = {},
): Promise<OpenedFile> {
  const { width = 1280, ...more } = options;
  const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion: 'reduce', ...more });
  const noise: string[] = [];
  const { href } = pathToFileURL(file);
  page.on('request', (request) => request.url().replace(/#.*/, '') === href || noise.push(`request ${request.url()}`));
  page.on('console', (message) => noise.push(`console ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error ${error.message}`));
  page.on('dialog', (dialog) => {
    noise.push(`dialog ${dialog.message()}`);
    return dialog.dismiss();
  });
  await page.goto(href);
  return { page, noise };
}
