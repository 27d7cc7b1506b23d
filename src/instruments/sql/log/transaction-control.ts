import type { StatementDescription } from '../statement.ts';

/** Whether a statement begins or ends a transaction; a savepoint does neither. */
export function transactionControl({ kind, normalized }: StatementDescription): 'begin' | 'end' | undefined {
  if (kind !== 'transaction') return undefined;
  if (/^(begin|start)\b/i.test(normalized)) return 'begin';
  return /^(commit|end|abort|prepare|rollback(?!.*\bto\b))\b/i.test(normalized) ? 'end' : undefined;
}
