import { exitCodes } from './exit-codes.ts';

export interface FailureText {
  readonly message: string;
  readonly hint: string;
}

/** One kind of failure: how the command ends, and what it says of the details. */
export function entry<D>(exit: 'usage' | 'failed' | 'interrupted', text: (detail: D) => FailureText) {
  return { exit: exitCodes[exit], text };
}
