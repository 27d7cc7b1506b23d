import { describe, expect, it } from 'vitest';
import { parsePrefix, parseTimestamp } from './parse-prefix.ts';

const at = (text: string) => Date.parse(text);

describe('parsePrefix', () => {
  it.each([
    ['2026-01-31 10:00:00.123 UTC [4711] ', { timestamp: at('2026-01-31T10:00:00.123Z'), session: '4711' }],
    [
      '2026-01-31 10:00:00.123 CET [4711] app@shop ',
      { timestamp: at('2026-01-31T09:00:00.123Z'), session: '4711', user: 'app', database: 'shop' },
    ],
    [
      '2026-01-31 10:00:00 UTC:10.0.0.7(35904):app@shop:[4711]:',
      { timestamp: at('2026-01-31T10:00:00Z'), session: '4711', user: 'app', database: 'shop' },
    ],
    ['2026-01-31 10:00:00 UTC-6b03ec1d.2de8-', { timestamp: at('2026-01-31T10:00:00Z'), session: '6b03ec1d.2de8' }],
    [
      '2026-01-31 10:00:00 UTC [4711-3]: user=app,db=shop,app=[unknown],client=10.0.0.7 ',
      { timestamp: at('2026-01-31T10:00:00Z'), session: '4711', user: 'app', database: 'shop' },
    ],
    ['1769853600.123 4711 ', { timestamp: 1769853600123, session: '4711' }],
    [
      '2026-01-31 10:00:00.123 -03 [unknown]@[unknown] pid=4711 ',
      { timestamp: at('2026-01-31T13:00:00.123Z'), session: '4711' },
    ],
    ['2026-01-31 10:00:00.123 UTC ', { timestamp: at('2026-01-31T10:00:00.123Z'), session: '' }],
    ['', { session: '' }],
  ])('reads %j', (prefix, expected) => {
    expect(parsePrefix(prefix)).toEqual(expected);
  });

  it('takes an unknown zone for UTC and knows half hours', () => {
    expect(parseTimestamp('2026-01-31 10:00:00 XYZT')).toBe(at('2026-01-31T10:00:00Z'));
    expect(parseTimestamp('2026-01-31 10:00:00 +05:30')).toBe(at('2026-01-31T04:30:00Z'));
    expect(parseTimestamp('2026-01-31 10:00:00 -0330')).toBe(at('2026-01-31T13:30:00Z'));
    expect(parseTimestamp('yesterday')).toBeUndefined();
  });
});
