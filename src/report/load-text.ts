import type { LoadArtifact } from '../model/load.ts';
import type { ArrivalPhase, LoadModel } from '../model/load-spec.ts';
import { formatMs, formatRate, plural } from './format.ts';

/** How hard the service was loaded, in words: `10 connections` or `flows begun at 200 per second, …`. */
export function loadText({ model, health }: LoadArtifact): string {
  const threads = health.threads > 1 ? `, from ${health.threads} threads` : '';
  return `${modelText(model)}${threads}`;
}

export function modelText(model: LoadModel): string {
  if (model.kind === 'closed') return plural(model.connections, 'connection');
  const arrivals = model.arrivals === 'poisson' ? ', at random distances (Poisson)' : '';
  const counted = model.phases.filter(({ warmup }) => !warmup);
  return `flows begun at ${counted.map(phaseText).join(', then ')}${arrivals}, over at most ${plural(model.connections, 'connection')}`;
}

/** `200 per second`, `50 to 400 per second within 30 s (ramp)`. */
function phaseText({ name, durationMs, fromPerS, toPerS }: ArrivalPhase): string {
  const rate = fromPerS === toPerS ? formatRate(fromPerS) : `${formatRate(fromPerS)} to ${formatRate(toPerS)}`;
  const duration = durationMs === undefined ? '' : ` ${fromPerS === toPerS ? 'for' : 'within'} ${formatMs(durationMs)}`;
  return `${rate} per second${duration}${name === undefined ? '' : ` (${name})`}`;
}
