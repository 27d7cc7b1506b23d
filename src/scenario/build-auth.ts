import type { Authorization } from '../model/flow.ts';
import { invalidValue, textsAt } from './invalid-value.ts';
import type { AuthDocument } from './schema-steps.ts';
import type { SourceNode } from './source-tree.ts';

/** Checks that exactly one scheme is named; `path` is that of the key `auth`. */
export function buildAuth(document: AuthDocument, root: SourceNode, path: readonly PropertyKey[]): Authorization {
  const { basic, bearer } = document;
  if (basic && bearer !== undefined) {
    throw invalidValue(root, [...path, 'bearer'], 'stands beside basic', 'keep one of the two');
  }
  if (bearer !== undefined) return { kind: 'bearer', token: textsAt(root, path).bearer ?? '' };
  if (!basic) {
    const hint = 'write basic: { user: …, password: … } or bearer: a token';
    throw invalidValue(root, path, 'names no user and no token', hint);
  }
  const { user = '', password = '' } = textsAt(root, [...path, 'basic']);
  if (user.includes(':')) {
    // RFC 7617, section 2: the first colon ends the user.
    const reason = 'holds a colon, at which the password would begin';
    throw invalidValue(root, [...path, 'basic', 'user'], reason, 'use a user without one');
  }
  return { kind: 'basic', user, password };
}
