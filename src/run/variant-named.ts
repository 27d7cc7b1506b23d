import { closest } from '../model/closest.ts';
import { Failure } from '../model/failure.ts';
import type { Scenario, Variant } from '../model/scenario.ts';

/** The variant that an option names, or `otherwise` where it is not given; throws `usage` for one that does not exist. */
export function variantNamed(
  { variants }: Pick<Scenario, 'variants'>,
  name: string | undefined,
  otherwise: Variant | undefined,
): Variant {
  const names = variants.map((variant) => variant.name);
  const variant = name === undefined ? otherwise : variants.find((each) => each.name === name);
  if (variant) return variant;
  const meant = closest(name ?? '', names);
  const hint = meant === undefined ? `there are: ${names.join(', ')}` : `did you mean "${meant}"?`;
  throw new Failure('usage', { detail: `the scenario has no variant "${name ?? ''}"`, hint });
}
