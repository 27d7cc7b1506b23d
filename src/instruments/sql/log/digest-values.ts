import type { AssembledValues } from './assemble-statements.ts';
import { hashOf } from './digest-text.ts';
import { beginOfParameters, parseParameters } from './parse-parameters.ts';

/** What is kept of bound values: enough to tell equal ones. */
export interface ValuesDigest extends AssembledValues {
  readonly hash: number;
  /** Whether one of them was cut, by the server or by the end of the record. */
  readonly cut: boolean;
  /** The list as it was logged, where examples are wanted. */
  readonly list: string | undefined;
}

/** Takes in the list of values of a DETAIL or CONTEXT; `undefined` where the text holds none. */
export function digestValues(text: string, keepsList: boolean): ValuesDigest | undefined {
  const begin = beginOfParameters(text);
  if (begin === undefined) return undefined;
  return { hash: hashOf(text, begin), cut: isCut(text), size: 0, list: keepsList ? text : undefined };
}

/** A list that ends as one does and has no three dots before a quote is whole; any other is read to know. */
function isCut(text: string): boolean {
  const endsWell = text.endsWith("'") || text.endsWith('NULL');
  if (endsWell && !text.includes("...'")) return false;
  return (parseParameters(text)?.cut.length ?? 0) > 0;
}
