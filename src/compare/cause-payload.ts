import { type CauseCandidate, type EndpointChange, movedBy } from './endpoint-change.ts';
import { stepText } from './figures.ts';

/** Below a kilobyte a response stays in the packets that it had, and no share of it matters. */
const enough = { least: 1000, share: 0.1 } as const;

/** The responses, as the measurement itself counted them; what a byte costs it cannot tell. */
export function causesInPayload(change: EndpointChange): readonly CauseCandidate[] {
  const bytes = change.metrics.find(({ name }) => name === 'bytes');
  if (!bytes || !movedBy(change, [bytes.before, bytes.after], enough)) return [];
  const verb = change.direction === 1 ? 'grew' : 'shrank';
  return [
    { kind: 'payload', summary: `responses ${verb}: ${stepText([bytes.before / 1000, bytes.after / 1000], 'kB')}` },
  ];
}
