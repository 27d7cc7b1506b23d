import { at, listAt, mapAt, textAt } from './content.ts';
import { componentLiteral, plainName } from './literal.ts';
import type { References } from './openapi-refs.ts';
import type { Secrets } from './secrets.ts';
import type { WrittenAuth } from './written.ts';

/** What a request carries to be let in, secrets as variables. */
export interface Credentials {
  readonly auth?: WrittenAuth;
  readonly headers: Readonly<Record<string, string>>;
  /** Parts of the query, encoded. */
  readonly query: readonly string[];
}

interface SecurityContext {
  readonly document: unknown;
  readonly references: References;
  readonly secrets: Secrets;
}

const anonymous: Credentials = { headers: {}, query: [] };

/** The first of the alternatives of an operation that can be drafted, or why there is none. */
export function credentialsOf(
  operation: unknown,
  context: SecurityContext,
): Credentials | { readonly problem: string } {
  const alternatives =
    at(operation, 'security') === undefined ? listAt(context.document, 'security') : listAt(operation, 'security');
  if (alternatives.length === 0) return anonymous;
  const problems: string[] = [];
  for (const alternative of alternatives) {
    const names = Object.keys(mapAt(alternative) ?? {});
    const unfit = names.flatMap((name) => problemOf(name, context) ?? []);
    if (unfit.length === 0) return names.reduce((sum, name) => added(sum, name, context), anonymous);
    problems.push(...unfit);
  }
  return { problem: `its security cannot be drafted: ${[...new Set(problems)].join(', ')}` };
}

function schemeOf(name: string, { document, references }: SecurityContext): unknown {
  return references.follow(at(document, 'components', 'securitySchemes', name));
}

function problemOf(name: string, context: SecurityContext): string | undefined {
  const scheme = schemeOf(name, context);
  const shown = plainName(name);
  if (!scheme) return `${shown} is not described`;
  switch (textAt(scheme, 'type')) {
    case 'oauth2':
    case 'openIdConnect':
      return undefined;
    case 'http': {
      const kind = textAt(scheme, 'scheme')?.toLowerCase();
      return kind === 'bearer' || kind === 'basic' ? undefined : `${shown} is neither basic nor bearer`;
    }
    case 'apiKey': {
      const parameter = textAt(scheme, 'name') ?? '';
      const place = textAt(scheme, 'in');
      const isHeader = place === 'header' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(parameter);
      return isHeader || (place === 'query' && parameter !== '')
        ? undefined
        : `${shown} is a key in ${plainName(place ?? '?')}`;
    }
    default:
      return `${shown} is of the type ${plainName(textAt(scheme, 'type') ?? '?')}`;
  }
}

function added(sum: Credentials, name: string, context: SecurityContext): Credentials {
  const { secrets } = context;
  const scheme = schemeOf(name, context);
  const standsFor = `the security scheme ${plainName(name)}`;
  if (textAt(scheme, 'type') === 'apiKey') {
    const parameter = textAt(scheme, 'name') ?? '';
    const key = secrets.standIn('API_KEY', standsFor);
    return textAt(scheme, 'in') === 'header'
      ? { ...sum, headers: { ...sum.headers, [parameter.toLowerCase()]: key } }
      : { ...sum, query: [...sum.query, `${componentLiteral(parameter)}=${key}`] };
  }
  if (textAt(scheme, 'scheme')?.toLowerCase() !== 'basic')
    return { ...sum, auth: { bearer: secrets.standIn('TOKEN', standsFor) } };
  const user = secrets.standIn('USER', `the user of ${standsFor}`);
  return { ...sum, auth: { basic: { user, password: secrets.standIn('PASSWORD', `the password of ${standsFor}`) } } };
}
