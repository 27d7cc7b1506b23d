import { Failure, type SourcePosition } from '../model/failure.ts';
import type { LoadRound } from '../model/load.ts';
import type { Scenario } from '../model/scenario.ts';

/**
 * An endpoint that never answers as expected in the warm-up has nothing to be measured.
 *
 * @throws {Failure} `requests-failing`, where the endpoint is requested first
 */
export function requireAnswers(scenario: Scenario, warmup: LoadRound): void {
  for (const [endpoint, { due, answered, failed, timedOut, failures, troubles }] of Object.entries(warmup.endpoints)) {
    if (due === 0 || answered > failed) continue;
    const seen = Object.entries(failures).map(([failure, count]) => `${count} × ${failure}`);
    if (timedOut > 0) seen.push(`${timedOut} timed out`);
    for (const [reason, count] of Object.entries(troubles)) seen.push(`${count} × ${reason}`);
    const detail = seen.join(', ') || 'no answer';
    throw new Failure('requests-failing', { endpoint, detail }, { at: positionOf(scenario, endpoint) });
  }
}

/** Where the endpoint is requested first. */
function positionOf({ flows, positions }: Scenario, endpoint: string): SourcePosition | undefined {
  const places = flows.flatMap(({ steps }, flow) =>
    steps.flatMap((step, index) =>
      step.kind === 'request' && step.endpoint === endpoint ? [positions[`flows.${flow}.steps.${index}`]] : [],
    ),
  );
  return places[0];
}
