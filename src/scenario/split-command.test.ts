import { describe, expect, it } from 'vitest';
import { splitCommand } from './split-command.ts';

describe('splitCommand', () => {
  it.each<readonly [string, readonly string[]]>([
    ['node server.js', ['node', 'server.js']],
    ['  node\t server.js \n', ['node', 'server.js']],
    ['node "my server.js"', ['node', 'my server.js']],
    ['sh -c \'echo "$HOME" \\n\'', ['sh', '-c', 'echo "$HOME" \\n']],
    ['a\\ b c\\\\d', ['a b', 'c\\d']],
    ['"a\\"b\\\\c\\n"', ['a"b\\c\\n']],
    ['--name="a b"\' c\'', ['--name=a b c']],
    ['a "" \'\'', ['a', '', '']],
    ['node --port=${PORT}', ['node', '--port=${PORT}']],
    ['a; b && c | d > e $(f) *', ['a;', 'b', '&&', 'c', '|', 'd', '>', 'e', '$(f)', '*']],
    ['', []],
    ['   ', []],
  ])('splits %j', (line, words) => {
    expect(splitCommand(line)).toEqual(words);
  });

  it.each([
    ['node "server.js', 'the quote " is not closed'],
    ["node 'it\\'s", undefined],
    ["node 'server.js", "the quote ' is not closed"],
    ['node \\', 'it ends in a backslash that escapes nothing'],
    ['node "\\', 'it ends in a backslash that escapes nothing'],
  ])('says what is open in %j', (line, error) => {
    expect(splitCommand(line)).toEqual(error === undefined ? ['node', 'it\\s'] : { error });
  });
});
