/** A map of a parsed document; whatever else it holds is looked at before it is used. */
export type Content = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `keys` below `parent`; own keys only, so that a document cannot reach `constructor`. */
export function at(parent: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.hasOwn(value, key) ? (value as Content)[key] : undefined;
  }, parent);
}

export function mapAt(parent: unknown, ...keys: readonly string[]): Content | undefined {
  const value = at(parent, ...keys);
  return isMap(value) ? value : undefined;
}

/** Empty where there is none. */
export function listAt(parent: unknown, ...keys: readonly string[]): readonly unknown[] {
  const value = at(parent, ...keys);
  return Array.isArray(value) ? value : [];
}

export function textAt(parent: unknown, ...keys: readonly string[]): string | undefined {
  const value = at(parent, ...keys);
  return typeof value === 'string' ? value : undefined;
}

/** A number that is one, or a text that holds one. */
export function numberAt(parent: unknown, ...keys: readonly string[]): number | undefined {
  const value = at(parent, ...keys);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Text, numbers and booleans as text; `undefined` for everything else. */
export function scalarText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** Whether `value` holds maps and lists at most `limit` deep; without recursion, since it may be very deep. */
export function isShallow(value: unknown, limit: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= limit; depth++) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (level.length === 0) return true;
  }
  return false;
}
