import { describe, expect, it } from 'vitest';
import type { LoadRound } from '../../model/load.ts';
import { histogramOf, loadArtifact, loadRound } from '../../testing/sample-rounds.ts';
import { type LoadSeries, latencyOverTime } from './latency-over-time.ts';
import { Markup } from './markup.ts';

const endpoint = 'GET /a';

/** A round whose seconds hold `answers` requests each of the time given; none where it is `null`. */
function round(timesMs: readonly (number | null)[], answers = 20): LoadRound {
  return loadRound({
    durationMs: timesMs.length * 1000,
    seconds: timesMs.flatMap((ms, second) => {
      if (ms === null) return [];
      const responseTime = histogramOf(Array.from({ length: answers }, () => ms));
      return [{ second, endpoints: { [endpoint]: { answered: answers, unsuccessful: 0, responseTime } } }];
    }),
  });
}

function series(kind: LoadSeries['kind'], ...rounds: readonly LoadRound[]): LoadSeries {
  return { name: kind, kind, load: loadArtifact({ rounds }) };
}

function draw(...all: readonly LoadSeries[]): string {
  const content = latencyOverTime(endpoint, all);
  return content instanceof Markup ? content.text : '';
}

const paths = (page: string, name: string) =>
  [...page.matchAll(new RegExp(`class="${name}" d="([^"]*)"`, 'g'))].map(([, d]) => d);

describe('latency over time', () => {
  it('is drawn from four seconds on', () => {
    expect(draw(series('after', round([1, 2, 3])))).toBe('');
    expect(draw(series('after', round([1, 2, 3, 4])))).toContain('<svg class="over-time"');
    expect(draw(series('after'))).toBe('');
    expect(draw()).toBe('');
  });

  it('has a line through the medians of the rounds, within the range of all of them', () => {
    const page = draw(series('after', round([10, 10, 10, 10]), round([10, 20, 10, 10]), round([20, 40, 20, 20])));
    const [p95] = paths(page, 'line after');
    expect(p95).toBe('M12.50 75.00L37.50 50.00L62.50 75.00L87.50 75.00');
    expect(paths(page, 'band after')[0]).toBe(
      'M12.50 50.00L37.50 0.00L62.50 50.00L87.50 50.00L87.50 75.00L62.50 75.00L37.50 75.00L12.50 75.00Z',
    );
    expect(page).toContain('median of 3 rounds, and their range');
  });

  it('says in words what it shows', () => {
    const page = draw(series('before', round([10, 20, 30, 40])), series('after', round([5, 5, 5, 4])));
    expect(page).toContain(`<title>p95 and p50 of ${endpoint} over 4 s</title>`);
    expect(page).toContain('p95 of before: 10.0 ms at first, 40.0 ms at last, between 10.0 ms and 40.0 ms.');
    expect(page).toContain('p50 of after: 5.00 ms at first, 4.00 ms at last, between 4.00 ms and 5.00 ms.');
    expect(page).toContain('; before is dashed');
  });

  it('breaks the line where a second had no answers, and keeps a second that stands alone', () => {
    const [p95] = [paths(draw(series('after', round([8, 8, null, 8, null, 8, 8]))), 'line after').slice(0, 3)];
    expect(p95).toEqual(['M7.14 0.00L21.43 0.00', 'M50.00 0.00h0', 'M78.57 0.00L92.86 0.00']);
  });

  it('leaves p95 out where seconds have too few answers for one', () => {
    const page = draw(series('after', round([1, 2, 3, 4], 19)));
    expect(page).toContain('p50 in each second of a round: the only round');
    expect(page).not.toContain('p95');
  });

  it('cuts a wild second off rather than to flatten the rest', () => {
    const page = draw(series('after', round([10, 10, 10, 10]), round([10, 900, 10, 10]), round([10, 10, 10, 10])));
    expect(page).toContain('>30.0 ms</text>');
    expect(paths(page, 'band after')[0]).toContain('L37.50 0.00');
  });

  it('stays small for rounds of an hour', () => {
    const page = draw(series('after', round(Array.from({ length: 3600 }, (_, second) => 10 + second / 900))));
    expect(page.length).toBeLessThan(15_000);
    expect(page).toContain('>3600 s</text>');
  });

  it('draws nothing but zeros where everything takes no time', () => {
    expect(draw(series('after', round([0, 0, 0, 0])))).not.toContain('NaN');
  });
});
