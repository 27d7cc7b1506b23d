import { describe, expect, it } from 'vitest';
import { displayWidth, fitEnd, fitEndpoint, fitMiddle, wrapText } from './display-width.ts';

describe('the width of text in a terminal', () => {
  it('counts wide characters twice and combining ones not at all', () => {
    expect(['abc', '漢字', 'e\u0301', '😀', '→▼µ', '한'].map(displayWidth)).toEqual([3, 4, 1, 2, 3, 2]);
  });

  it('cuts at the end and in the middle, never in the middle of a wide character', () => {
    expect(fitEnd('abcdef', 4)).toBe('abc…');
    expect(fitEnd('abcd', 4)).toBe('abcd');
    expect(fitEnd('漢字漢字', 4)).toBe('漢…');
    expect(fitMiddle('abcdefgh', 5)).toBe('ab…gh');
    expect(displayWidth(fitMiddle('漢字漢字漢字', 6))).toBeLessThanOrEqual(6);
  });

  it('shortens an endpoint by its parameters, then its middle, so that method and end stay', () => {
    const endpoint = 'GET /users/:userId/sessions/active';
    expect([40, 30, 20, 12].map((width) => fitEndpoint(endpoint, width))).toEqual([
      endpoint,
      'GET /users/…/sessions/active',
      'GET /users/…/active',
      'GET /u…ctive',
    ]);
  });

  it('breaks lines at spaces, but not between a number and its unit', () => {
    expect(wrapText('it takes 99 % less and 1 ms more', 12)).toEqual(['it takes', '99 % less', 'and 1 ms', 'more']);
  });

  it('breaks a word that is longer than the line, and ends with an ellipsis after the last line', () => {
    expect(wrapText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrapText('one two three four', 5, 2)).toEqual(['one', 'two…']);
  });
});
