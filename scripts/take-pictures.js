// Takes the README's pictures of a saved run: node scripts/take-pictures.js .chokepoint/runs/<run>
// Needs Chromium, at CHROMIUM or /usr/bin/chromium.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const [run] = process.argv.slice(2);
if (!run) throw new Error('give the folder of a run');
mkdirSync('docs/images', { recursive: true });

const { stdout } = spawnSync('node', ['bin/chokepoint.js', 'report', run], {
  encoding: 'utf8',
  env: { ...process.env, FORCE_COLOR: '1', COLUMNS: '80' },
});

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage({ viewport: { width: 760, height: 400 }, deviceScaleFactor: 2 });
  await page.setContent(terminalPage(stdout));
  await page.locator('pre').screenshot({ path: 'docs/images/terminal.png' });
  await page.setViewportSize({ width: 1180, height: 1120 });
  await page.goto(`file://${resolve(join(run, 'report.html'))}`);
  await page.screenshot({ path: 'docs/images/report.png' });
} finally {
  await browser.close();
}

/** The 16 colours of the terminal report as HTML. */
function terminalPage(text) {
  const colours = {
    31: '#ff7b72',
    32: '#7ee787',
    33: '#e3b341',
    34: '#79c0ff',
    35: '#d2a8ff',
    36: '#76e3ea',
    90: '#8b949e',
  };
  const escapeHtml = (part) => part.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  let style = {};
  const body = text
    .split(new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`))
    .map((part) => {
      if (!part.startsWith(String.fromCharCode(27))) {
        const css = Object.entries(style)
          .map(([name, value]) => `${name}:${value}`)
          .join(';');
        return part && `<span style="${css}">${escapeHtml(part)}</span>`;
      }
      for (const code of part.slice(2, -1).split(';').map(Number)) {
        if (code === 0) style = {};
        else if (code === 1) style['font-weight'] = 'bold';
        else if (code === 2) style.opacity = '.65';
        else if (code === 22) style = { ...style, 'font-weight': 'normal', opacity: '1' };
        else if (code === 39) delete style.color;
        else if (colours[code]) style.color = colours[code];
      }
      return '';
    })
    .join('');
  return `<body style="margin:0;background:#0d1117"><pre style="display:inline-block;margin:0;padding:20px 24px;color:#e6edf3;background:#0d1117;font:13px/1.45 'DejaVu Sans Mono',monospace">${body}</pre>`;
}
