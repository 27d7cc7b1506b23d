/** Stand-ins by kind, numbered in the order of their first use: equal values keep equal ones, others get others. */
export function createPlaceholders(): (kind: string, value: string) => string {
  const kinds = new Map<string, Map<string, string>>();
  return (kind, value) => {
    const known = kinds.get(kind) ?? new Map<string, string>();
    kinds.set(kind, known);
    const placeholder = known.get(value) ?? `${kind}-${known.size + 1}`;
    known.set(value, placeholder);
    return placeholder;
  };
}
