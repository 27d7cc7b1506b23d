import { beforeAll, expect, test } from 'vitest';
import { execution, statement } from '../../testing/artifacts.ts';
import { loopText } from './loop-statements.ts';
import { describeStatement, loadParser } from './statement.ts';

beforeAll(loadParser);

test('constants that vary become values under the numbers that the normaliser gave them', () => {
  const example = 'SELECT id FROM items WHERE list_id = 7 ORDER BY id LIMIT 10 OFFSET 20';
  const { normalized } = describeStatement(example);
  const items = { ...statement(0, normalized), example };
  const executions = [
    ['7', '10', '20'],
    ['8', '10', '30'],
  ].map((literals) => ({ ...execution(items), literals }));
  const { text, runs } = loopText({ statement: items, executions });
  const written = runs.map(({ values }) => text.replace(/\$(\d)/g, (_, number) => values[number - 1] ?? 'NULL'));
  expect(written).toEqual([example, example.replace('= 7', '= 8').replace('OFFSET 20', 'OFFSET 30')]);
});
