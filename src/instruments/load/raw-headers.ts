/**
 * The value of the first header of this name (lower case) in a list of names and values in turns, as both
 * `node:http` and the load generator have it.
 */
export function firstHeader(headers: readonly string[], name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    if (isNamed(headers[index], name)) return asUtf8(headers[index + 1] ?? '');
  }
  return undefined;
}

/** The values of every header of this name (lower case), in order. */
export function allHeaders(headers: readonly string[], name: string): readonly string[] {
  let values: string[] = none;
  for (let index = 0; index < headers.length; index += 2) {
    if (!isNamed(headers[index], name)) continue;
    if (values === none) values = [];
    values.push(asUtf8(headers[index + 1] ?? ''));
  }
  return values;
}

/** Most responses have no header of a name, and this is asked of each of them. */
const none: string[] = [];

function isNamed(header: string | undefined, name: string): boolean {
  return header !== undefined && header.length === name.length && header.toLowerCase() === name;
}

/** Header bytes are read as Latin-1, while what goes out is UTF-8: so decoded, a value is sent back byte for byte. */
function asUtf8(value: string): string {
  return /[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1').toString() : value;
}
