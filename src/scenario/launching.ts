import type { ScenarioDocument } from './schema.ts';

/** Which of the services at the target's url chokepoint starts; a variant with a url of its own is not among them. */
export interface Launching {
  readonly any: boolean;
  readonly all: boolean;
}

export function launchingOf({ target, variants }: Pick<ScenarioDocument, 'target' | 'variants'>): Launching {
  const written = Object.values(variants);
  const atTarget = written.length === 0 ? [null] : written.filter((variant) => variant?.url === undefined);
  const started = atTarget.map((variant) => (variant?.command ?? target.command) !== undefined);
  return { any: started.some(Boolean), all: started.every(Boolean) };
}
