/** The values behind `{{ name }}` and `{{ name.field }}`; keys are the dotted names. */
export type TemplateValues = Readonly<Record<string, string>>;

const placeholder = /\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}/g;

/** The names used in `text`, in order, with repeats. */
export function templateNames(text: string): readonly string[] {
  return [...text.matchAll(placeholder)].map((match) => match[1] ?? '');
}

/**
 * Compiles `text` once so that rendering costs a join.
 *
 * A name without a value renders as the empty string: the scenario loader has refused unknown names before.
 * `escaped` is applied to the values, not to the text around them.
 */
export function compileTemplate(
  text: string,
  escaped: (value: string) => string = (value) => value,
): (values: TemplateValues) => string {
  const parts = text.split(placeholder);
  if (parts.length === 1) return () => text;
  return (values) => parts.map((part, index) => (index % 2 === 0 ? part : escaped(values[part] ?? ''))).join('');
}

/** The endpoint label of a request that has no name: method and path, `{{ id }}` as `:id`, without the query. */
export function endpointLabel(method: string, url: string): string {
  const path = url.replace(placeholder, (_, name: string) => `:${name}`).split('?')[0];
  return `${method} ${path}`;
}
