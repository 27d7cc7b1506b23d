import type { Scenario, TargetSpec, Variant } from '../model/scenario.ts';

/** The target as one variant has it: with a command or a checkout of its own, or attached to where it runs already. */
export function targetOfVariant(target: TargetSpec, { command, url, checkout }: Variant): TargetSpec {
  if (url !== undefined) {
    const { command: _command, socketPath: _socketPath, tls, ...rest } = target;
    return { ...rest, url, ...(tls && isSecure(url) && { tls }) };
  }
  return { ...target, ...(command && { command }), ...(checkout && { cwd: checkout.cwd }) };
}

/** The positions by which failures of the target are told, at the variant's own keys where it has them. */
export function positionsOfVariant(
  positions: Scenario['positions'],
  { name, command, url }: Variant,
): Scenario['positions'] {
  const own = (key: 'command' | 'url') => {
    const at = positions[`variants.${name}.${key}`];
    return at && { [`target.${key}`]: at };
  };
  return { ...positions, ...(command && own('command')), ...(url !== undefined && own('url')) };
}

function isSecure(url: string): boolean {
  return /^https:/i.test(url);
}
