import { describe, expect, it } from 'vitest';
import { parseBytes, parseDuration, parsePercent, parseRate } from './quantities.ts';

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

describe('parseRate', () => {
  it.each([
    ['200/s', 200],
    ['0.5/s', 0.5],
    ['90/m', 1.5],
    ['0/s', 0],
  ])('reads %s per second', (text, perS) => {
    expect(parseRate(text)).toBe(perS);
  });

  it.each(['', '5', '/s', '-1/s', '5 /s', '5/h', '5/sec', '1e3/s', '.5/s'])('does not take %j for a rate', (text) => {
    expect(parseRate(text)).toBeUndefined();
  });
});

describe('parseBytes', () => {
  it.each([
    ['0B', 0],
    ['100kB', 100_000],
    ['1.1kB', 1100],
    ['2.3kB', 2300],
    ['1MB', 1_000_000],
    ['1.5KiB', 1536],
    ['2MiB', 2_097_152],
    ['0.5B', 0],
  ])('reads %s as bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', '5', '5KB', '5mb', '-1B', '5 kB', '5GB'])('does not take %j for a size', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });
});
