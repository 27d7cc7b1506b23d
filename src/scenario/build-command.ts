import { invalidValue } from './invalid-value.ts';
import type { SourceNode } from './source-tree.ts';
import { splitCommand } from './split-command.ts';

/** The words of the command at `path`, which may be written as a list of them; `undefined` where there is none. */
export function buildCommand(
  command: string | readonly string[] | undefined,
  root: SourceNode,
  path: readonly string[],
): readonly string[] | undefined {
  if (typeof command !== 'string') return command;
  const words = splitCommand(command);
  if ('error' in words) {
    throw invalidValue(root, path, words.error, 'close it, or write the command as a list of words');
  }
  if (!words[0]) throw invalidValue(root, path, 'is empty', 'leave it out to attach to target.url');
  return words;
}
