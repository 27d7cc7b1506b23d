import { expect, test } from 'vitest';
import { createBlockCutter } from './block-cutter.ts';

const at = '2026-01-01 00:00:00.250 UTC [7] ';
const cutterOf = (format: 'stderr' | 'csvlog' | 'jsonlog') =>
  createBlockCutter({ format, wrapping: 'none', linePrefix: '%m [%p] ', carriageReturns: false });

/** What lies before the cut, and behind it. */
function parted(text: string, place: number): readonly string[] {
  const block = Buffer.from(text);
  return [block.toString('utf8', 0, place), block.toString('utf8', place)];
}

test('a record is not cut from its detail, its context or its statement', () => {
  const first = `${at}LOG:  duration: 1.000 ms  execute <unnamed>: SELECT $1\n`;
  const second = `${at}ERROR:  division by zero\n${at}DETAIL:  Parameters: $1 = '1'\n${at}STATEMENT:  SELECT 1\n\t/ 0\n`;
  const place = cutterOf('stderr')(Buffer.from(first + second), 0);
  expect(parted(first + second, place)).toEqual([first, second]);
});

test('a block in which no record begins behind the given place is not cut', () => {
  const text = `${at}LOG:  duration: 1.000 ms  execute a: SELECT $1\n${at}DETAIL:  Parameters: $1 = '1'\n\tline\n`;
  expect(cutterOf('stderr')(Buffer.from(text), 0)).toBe(0);
});

test('a jsonlog is cut where a line begins', () => {
  const text = '{"message":"a"}\n{"message":"b"}\n';
  expect(cutterOf('jsonlog')(Buffer.from(text), 0)).toBe(text.indexOf('{', 1));
});
