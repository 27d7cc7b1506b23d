import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../model/check.ts';
import { displayWidth } from './display-width.ts';
import { renderCheck } from './render-check.ts';

const plain = { width: 80, color: false };
const ok: CheckResult = { name: 'database', status: 'ok', message: 'PostgreSQL 18.0' };
const warning: CheckResult = { name: 'machine', status: 'warning', message: 'one core only', hint: 'use two' };
const failed: CheckResult = { name: 'service', status: 'failed', message: 'exits at once', hint: 'run it by hand' };

describe('the result of a check', () => {
  it('has a line for each thing and the way out below it', () => {
    expect(renderCheck([ok, failed], plain)).toBe(
      [
        '✓ database  PostgreSQL 18.0',
        '✗ service   exits at once',
        '            → run it by hand',
        '',
        '1 of 2 failed: the run would fail too',
        '',
      ].join('\n'),
    );
  });

  it('ends in ready, with or without a warning', () => {
    expect(renderCheck([ok], plain)).toMatch(/\nready\n$/);
    expect(renderCheck([ok, warning], plain)).toMatch(/\nready, but for one warning\n$/);
  });

  it('keeps within the width, and lets no message act on the terminal', () => {
    const long: CheckResult = {
      name: '漢字'.repeat(40),
      status: 'failed',
      message: '\x1b[2J x'.repeat(80),
      hint: 'y'.repeat(300),
    };
    const text = renderCheck([long], plain);
    expect(Math.max(...text.split('\n').map(displayWidth))).toBeLessThanOrEqual(80);
    expect(text).not.toContain('\x1b');
    expect(renderCheck([ok], { ...plain, color: true })).toContain('\x1b[');
  });
});
