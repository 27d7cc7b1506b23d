import { expect, test } from 'vitest';
import { execution, statement } from '../testing/artifacts.ts';
import { commonPlace } from './repeated-evidence.ts';

const at = (line?: number) =>
  execution(statement(0, 'SELECT 1'), line === undefined ? {} : { place: { file: '/srv/a.js', line, name: 'f' } });

test('executions have a place where every one that is known is the same line', () => {
  expect(commonPlace([{ executions: [at(3), at()] }, { executions: [at(3)] }])).toEqual({
    place: { file: '/srv/a.js', line: 3, name: 'f' },
  });
});

test('and none where two lines send them, or no line is known', () => {
  expect(commonPlace([{ executions: [at(3)] }, { executions: [at(4)] }])).toEqual({});
  expect(commonPlace([{ executions: [at()] }])).toEqual({});
});
