import type { DraftVariable } from './notes.ts';

/** What a secret is for; it decides the name of its variable. */
export type SecretKind = 'TOKEN' | 'API_KEY' | 'USER' | 'PASSWORD' | 'SECRET';

/** Hands out the variables that stand for secrets, which are never written. */
export interface Secrets {
  /**
   * The reference, with a default so that the draft loads without it.
   *
   * Secrets of equal `identity` share a variable. Its name is ours alone: one that the source chose could name any
   * variable of the user's environment, and send it away.
   */
  standIn(kind: SecretKind, standsFor: string, identity?: string): string;
  readonly variables: readonly DraftVariable[];
}

export function createSecrets(): Secrets {
  const variables: DraftVariable[] = [];
  const names = new Map<string, string>();
  const counts = new Map<SecretKind, number>();
  return {
    variables,
    standIn(kind, standsFor, identity = standsFor) {
      const key = `${kind} ${identity}`;
      let name = names.get(key);
      if (name === undefined) {
        const count = (counts.get(kind) ?? 0) + 1;
        counts.set(kind, count);
        name = `TARGET_${kind}${count === 1 ? '' : `_${count}`}`;
        names.set(key, name);
        variables.push({ name, standsFor });
      }
      return `\${${name}:-change-me}`;
    },
  };
}

const secretWords = new Set(
  (
    'password passwd pwd passphrase passcode secret token jwt credential credentials signature sig otp csrf xsrf ' +
    'session sessionid sid authorization auth bearer cookie pin cvv cvc ssn apikey'
  ).split(' '),
);
const secretPairs = new Set([
  'api key',
  'access key',
  'private key',
  'client key',
  'secret key',
  'auth key',
  'pass word',
]);
const secretParts = /passw|secret|apikey|(?:access|auth|refresh|id|session|bearer)token|sessionid|csrf|xsrf/;

/** Whether a value under this name (of a header, a field, a parameter) is to be kept out of files. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  return (
    words.some((word, index) => secretWords.has(word) || secretPairs.has(`${word} ${words[index + 1]}`)) ||
    secretParts.test(words.join(''))
  );
}

/** Forms of well-known credentials: JSON Web Tokens, keys of large services, `Bearer …`, private keys. */
const credential =
  /\beyJ[\w-]{8,}\.[\w-]+|\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bxox[abprs]-[\w-]{10,}|\bglpat-[\w-]{16,}|^(?:Bearer|Basic|Digest|Token) \S{6,}|-----BEGIN [A-Z ]*PRIVATE KEY/;

/** Whether the value itself tells that it is a secret, whatever its name. */
export function isSecretValue(text: string): boolean {
  return credential.test(text);
}

/** The kind of secret that a name tells of. */
export function secretKind(name: string): SecretKind {
  const lower = name.toLowerCase();
  if (/passw|passphrase|passcode|pwd/.test(lower)) return 'PASSWORD';
  if (/key/.test(lower)) return 'API_KEY';
  return /token|jwt|csrf|xsrf|bearer|auth/.test(lower) ? 'TOKEN' : 'SECRET';
}
