import { compile, JSONPathError } from 'json-p3';
import { invalidValue } from './invalid-value.ts';
import type { SourceNode } from './source-tree.ts';

/** Throws where `written`, which stands at `path`, is no JSONPath. Grammar: RFC 9535, appendix A. */
export function requireJsonPath(written: string, root: SourceNode, path: readonly PropertyKey[]): void {
  try {
    compile(written);
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error;
    // The library ends its message with an excerpt and the offset: ('$.items[0':9).
    const reason = error.message.replace(/ \('.*$/s, '').replace(/\s+/g, ' ');
    const at = `at character ${error.token.index + 1}`;
    throw invalidValue(root, path, `is not a JSONPath: ${reason} ${at}`, 'write it as $.items[0].id');
  }
}

/** How many groups the regular expression has; throws where it does not parse. */
export function countGroups(pattern: string, flags: string, root: SourceNode, path: readonly PropertyKey[]): number {
  try {
    // With an empty alternative it matches anything, and so tells its groups.
    new RegExp(pattern, flags);
    return (new RegExp(`${pattern}|`, flags).exec('')?.length ?? 1) - 1;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = error.message.split(': ').at(-1) ?? error.message;
    const hint = 'write it as in JavaScript, without slashes, in single quotes: \'id="(\\d+)"\'';
    throw invalidValue(root, path, `is not a regular expression: ${reason}`, hint);
  }
}
