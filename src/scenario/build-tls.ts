import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { TlsSpec } from '../model/scenario.ts';
import { invalidValue } from './invalid-value.ts';
import type { ScenarioDocument } from './schema.ts';
import { decodeText, fileErrorReason, regularFile } from './source-text.ts';
import type { SourceNode } from './source-tree.ts';

/** The usual authorities together have 220 KB. */
const maxPemBytes = 4 * 1024 * 1024;

/** PEM, RFC 7468. */
const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Reads the files of `target.tls` and checks that they parse and belong together. */
export async function buildTls(
  { target: { tls, url } }: ScenarioDocument,
  root: SourceNode,
  folder: string,
): Promise<TlsSpec | undefined> {
  if (!tls) return undefined;
  const path = ['target', 'tls'];
  const wrong = (key: string, reason: string, hint: string) => invalidValue(root, [...path, key], reason, hint);
  if (!/^https:/i.test(url)) {
    throw invalidValue(root, path, 'has no effect on a url that does not begin with https', 'leave it out');
  }
  const { servername, passphrase, insecure } = tls;
  if (servername !== undefined && isIP(servername) !== 0) {
    throw wrong('servername', 'is an address, and a certificate is asked for by a name', 'write a host name');
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const [given, other] = tls.cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    throw wrong(given, `stands without ${other}`, `add ${other}: the two belong together`);
  }
  if (passphrase !== undefined && tls.key === undefined) {
    throw wrong('passphrase', 'stands without a key', 'add key, or leave it out');
  }

  const readPem = async (key: 'ca' | 'cert' | 'key'): Promise<string | undefined> => {
    const file = tls[key];
    if (file === undefined) return undefined;
    const text = await pemText(resolve(folder, file)).catch((error: unknown) => {
      const reason = `${file} cannot be read: ${fileErrorReason(error)}`;
      throw wrong(key, reason, 'paths are relative to the scenario file');
    });
    if (text === undefined) throw wrong(key, `${file} is not a PEM file`, 'convert it: openssl … -outform PEM');
    return text;
  };
  const certificateOf = (key: 'ca' | 'cert', text: string): X509Certificate => {
    const certificates = certificatesIn(text);
    if ('error' in certificates) throw wrong(key, `${tls[key]} ${certificates.error}`, 'give a certificate in PEM');
    return certificates.first;
  };

  const ca = await readPem('ca');
  if (ca !== undefined) certificateOf('ca', ca);
  const cert = await readPem('cert');
  const certificate = cert === undefined ? undefined : certificateOf('cert', cert);
  const key = await readPem('key');
  if (key !== undefined) {
    const privateKey = privateKeyOf(key, passphrase);
    if ('error' in privateKey) throw wrong(privateKey.at, privateKey.error, privateKey.hint);
    if (certificate && !certificate.checkPrivateKey(privateKey.key)) {
      throw wrong('key', `${tls.key} is not the key of the certificate`, 'give the key with which it was made');
    }
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(servername === undefined ? {} : { servername }),
    insecure,
  };
}

async function pemText(path: string): Promise<string | undefined> {
  const { size } = await regularFile(path);
  if (size > maxPemBytes) throw new Error(`it is larger than ${maxPemBytes / 1024 / 1024} MiB`);
  const text = decodeText(await readFile(path));
  return text?.includes('-----BEGIN ') ? text : undefined;
}

/** The first certificate of a text in which all of them parse: it may hold a chain. */
function certificatesIn(text: string): { readonly first: X509Certificate } | { readonly error: string } {
  try {
    const [first] = (text.match(certificateBlock) ?? []).map((block) => new X509Certificate(block));
    return first ? { first } : { error: 'holds no certificate' };
  } catch (error) {
    return { error: `holds a certificate that does not parse (${reasonOf(error)})` };
  }
}

type PrivateKey =
  | { readonly key: KeyObject }
  | { readonly at: 'key' | 'passphrase'; readonly error: string; readonly hint: string };

function privateKeyOf(text: string, passphrase: string | undefined): PrivateKey {
  try {
    return { key: createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) }) };
  } catch {
    // OpenSSL says "unsupported" to whatever it cannot read, so its words would not help.
    if (!text.includes('ENCRYPTED')) {
      return { at: 'key', error: 'holds no private key that can be used', hint: 'give a private key in PEM' };
    }
    return passphrase === undefined
      ? { at: 'key', error: 'is encrypted', hint: 'add passphrase: "${PASSPHRASE}"' }
      : { at: 'passphrase', error: 'does not open the key', hint: 'give the one of this key' };
  }
}

/** OpenSSL's words, as in `error:0480006C:PEM routines::no start line`: the last of them says it. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(':').at(-1)?.trim() || message;
}
