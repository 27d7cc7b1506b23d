import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgressLine } from './progress-line.ts';

/** A stream that keeps what is written to it, as a terminal of 80 columns or not. */
function streamOf(isTTY: boolean) {
  const stream = new PassThrough({ encoding: 'utf8' });
  let written = '';
  stream.on('data', (text: string) => {
    written += text;
  });
  return {
    stream: Object.assign(stream, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream,
    text: () => written,
  };
}

const redraw = '\r\u001b[2K';
const live = { perS: 412.3, p50Ms: 3.14, p95Ms: 9.87, unsuccessful: 2 };
const round = { pass: 'measure', text: 'round 2/8, after' } as const;

describe('the progress', () => {
  it('is one line that redraws on a terminal, with rate, quantiles and errors', async () => {
    const { stream, text } = streamOf(true);
    const line = createProgressLine(stream, false);
    line.show({ ...round, live });
    line.clear();
    await new Promise(setImmediate);
    expect(text()).toBe(
      `${redraw}  0 s  measure: round 2/8, after · 412/s · p50 3.1 ms · p95 9.9 ms · 2 errors${redraw}`,
    );
    expect(text()).not.toContain('\n');
  });

  it('is a line per pass elsewhere, and one with figures now and then', async () => {
    const { stream, text } = streamOf(false);
    const line = createProgressLine(stream, false);
    line.show(round);
    line.show({ ...round, live });
    line.show({ pass: 'profile', text: 'before: GET /' });
    await new Promise(setImmediate);
    expect(text()).toBe('  0 s  measure (nothing attached)\n  0 s  profile (CPU profiler attached)\n');
  });

  it('never writes a figure with an exponent', async () => {
    for (const [value, shown] of [
      [99.6, '100'],
      [9.96, '10'],
      [0.997, '1.0'],
      [0.00004, '0.00'],
      [0, '0.0'],
    ] as const) {
      const { stream, text } = streamOf(true);
      createProgressLine(stream, false).show({ ...round, live: { perS: value, unsuccessful: 0 } });
      await new Promise(setImmediate);
      expect(text()).toContain(` · ${shown}/s · 0 errors`);
    }
  });

  it('is nothing when it is to be quiet', async () => {
    const { stream, text } = streamOf(true);
    const line = createProgressLine(stream, true);
    line.show({ ...round, live });
    line.clear();
    await new Promise(setImmediate);
    expect(text()).toBe('');
  });
});
