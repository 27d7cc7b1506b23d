import { describe, expect, it } from 'vitest';
import { clipText, oneLine, visibleText } from './untrusted-text.ts';

describe('text from the service', () => {
  it('loses colours, titles and links that a terminal would act on', () => {
    expect(visibleText('\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1bcend')).toBe(
      'red link end',
    );
  });

  it('shows other control characters, and an escape that begins nothing known', () => {
    expect(visibleText('a\x00b\x07c\x9bd\x1b')).toBe('a\\x00b\\x07c\\x9bd\\x1b');
  });

  it('shows characters that reorder a line, lone surrogates and line separators', () => {
    expect(visibleText('a\u202eb\u2066c\u2028d\ud800e')).toBe('a\\u{202e}b\\u{2066}c\\u{2028}d\\u{d800}e');
  });

  it('keeps newlines, tabs, accents and scripts of all directions', () => {
    expect(visibleText('a\r\nb\tc é 漢字 שלום')).toBe('a\nb\tc é 漢字 שלום');
  });

  it('makes one line of many', () => {
    expect(oneLine('  SELECT 1\n  FROM\tx\r\n')).toBe('SELECT 1 FROM x');
  });

  it('counts what it cuts, and cuts no character in two', () => {
    expect(clipText('abc', 3)).toBe('abc');
    expect(clipText(`ab${'x'.repeat(1000)}`, 2)).toBe('ab… (1,000 more characters)');
    expect(clipText('a😀b', 2)).toBe('a… (3 more characters)');
  });

  it('takes a text of a megabyte in no time, even one of unclosed sequences', () => {
    expect(visibleText('\x1b]'.repeat(50_000)).length).toBeGreaterThan(0);
  });
});
