import { beforeAll, describe, expect, test } from 'vitest';
import type { Frame } from '../../model/profile.ts';
import { loadParser } from './statement.ts';
import { pairWithStacks, placesOf } from './statement-places.ts';

beforeAll(loadParser);

const frame = (file: string, line = 1): Frame => ({
  name: 'f',
  file,
  line,
  column: 1,
  kind: file.includes('node_modules') ? 'dependency' : 'user',
});
const driver = frame('/a/node_modules/pg/lib/client.js');
const orm = frame('/a/node_modules/sequelize/lib/query.js');
const heard = (sql: string, startedAt: number, backendPid = 1) => ({ sql, startedAt, connection: 0, backendPid });
const sent = (sql: string, line: number, backendPid = 1) => ({ sql, stack: [frame('/a/x.js', line)], backendPid });

describe('a stack belongs to an execution', () => {
  const linesOf = (executions: Parameters<typeof pairWithStacks>[0], calls: Parameters<typeof pairWithStacks>[1]) => {
    const stacks = pairWithStacks(executions, calls);
    return executions.map((execution) => stacks.get(execution)?.[0]?.line);
  };

  test('by the order of equal texts on one connection', () => {
    expect(
      linesOf([heard('a', 3), heard('b', 1), heard('a', 2)], [sent('a', 10), sent('b', 20), sent('a', 30)]),
    ).toEqual([30, 20, 10]);
  });

  test('of its own connection, whatever runs on others', () => {
    expect(linesOf([heard('a', 1, 7), heard('a', 2, 8)], [sent('a', 10, 8), sent('a', 20, 7)])).toEqual([20, 10]);
  });

  test('for each statement of a text that holds several', () => {
    expect(linesOf([heard('SELECT 1', 1), heard('SELECT 2', 2)], [sent('SELECT 1; SELECT 2', 10)])).toEqual([10, 10]);
  });

  test('and to none where one of them went unseen, or a connection is not known', () => {
    expect(linesOf([heard('a', 1), heard('a', 2), heard('b', 3)], [sent('a', 10), sent('b', 20)])).toEqual([
      undefined,
      undefined,
      20,
    ]);
    const { backendPid: _heard, ...unknown } = heard('a', 1);
    const { backendPid: _sent, ...unplaced } = sent('a', 10);
    expect(linesOf([unknown], [unplaced])).toEqual([undefined]);
  });
});

describe('the place of a statement', () => {
  const lines = (...sendings: Parameters<typeof placesOf>[0]) => placesOf(sendings).map((place) => place?.line);

  test('is the innermost frame of the service itself, below driver and ORM', () => {
    const stack = [driver, orm, frame('/a/repository.js', 5), frame('/a/route.js', 9)];
    expect(lines({ statement: 1, stack })).toEqual([5]);
  });

  test('is the caller of a helper that sends whatever it is told to', () => {
    const through = (line: number) => [driver, frame('/a/db.js', 3), frame('/a/route.js', line)];
    expect(lines(...[1, 2, 3].map((statement) => ({ statement, stack: through(statement * 10) })))).toEqual([
      10, 20, 30,
    ]);
    expect(lines(...[1, 2].map((statement) => ({ statement, stack: through(statement * 10) })))).toEqual([3, 3]);
  });

  test('is the line that asks an ORM, also where that makes several statements of it', () => {
    const stack = [driver, orm, frame('/a/route.js', 4), frame('/a/server.js', 8)];
    expect(lines(...[1, 2, 3].map((statement) => ({ statement, stack })))).toEqual([4, 4, 4]);
  });

  test('is the helper itself where its callers are not known', () => {
    const stack = [driver, frame('/a/db.js', 3)];
    expect(lines(...[1, 2, 3].map((statement) => ({ statement, stack })))).toEqual([3, 3, 3]);
  });

  test('is not known where no code of the service is on the stack', () => {
    expect(lines({ statement: 1, stack: [driver, orm] }, { statement: 1, stack: [] })).toEqual([undefined, undefined]);
  });
});
