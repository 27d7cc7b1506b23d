import { describe, expect, it } from 'vitest';
import { parseDuration, parsePercent } from './quantities.ts';

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['0.5ms', 0.5],
    ['1.1s', 1100],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
  ])('reads %s as milliseconds', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each(['', '2', 's', '-1s', '1 s', '1S', '.5s', '1.s', '1e3ms', 'Infinitys', '1s2ms', '1d', ' 1s'])(
    'does not take %j for a duration',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('parsePercent', () => {
  it.each([
    ['0%', 0],
    ['10%', 0.1],
    ['0.1%', 0.001],
    ['0.7%', 0.007],
    ['150%', 1.5],
  ])('reads %s as a ratio, to the last digit', (text, ratio) => {
    expect(parsePercent(text)).toBe(ratio);
  });

  it.each(['', '10', '0.1', '%', '-1%', '10 %', '1e1%'])('does not take %j for a percentage', (text) => {
    expect(parsePercent(text)).toBeUndefined();
  });
});
