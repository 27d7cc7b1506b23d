/** 2000-01-01, from which PostgreSQL counts days and microseconds. */
const epochMs = Date.UTC(2000, 0, 1);
const firstYearMs = Date.parse('0001-01-01T00:00:00Z');

/**
 * A value of the wire as text, the same whether it travelled as text (format 0) or as binary (1); `null` is NULL.
 *
 * Binary values of types that are not decoded here are shown as `\x…`.
 */
export function valueText(bytes: Buffer | null, format: number, typeOid: number): string | null {
  if (bytes === null) return null;
  if (format === 0) return bytes.toString('utf8');
  return binaryText(bytes, typeOid) ?? `\\x${bytes.toString('hex')}`;
}

type Decode = (bytes: Buffer) => string | undefined;

const utf8: Decode = (bytes) => bytes.toString('utf8');
const sized =
  (length: number, decode: (bytes: Buffer) => string | undefined): Decode =>
  (bytes) =>
    bytes.length === length ? decode(bytes) : undefined;

/** By type oid: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_type.dat */
const decoders = new Map<number, Decode>([
  [16, sized(1, (bytes) => (bytes[0] === 0 ? 'f' : 't'))],
  [20, sized(8, (bytes) => bytes.readBigInt64BE().toString())],
  [21, sized(2, (bytes) => bytes.readInt16BE().toString())],
  [23, sized(4, (bytes) => bytes.readInt32BE().toString())],
  [26, sized(4, (bytes) => bytes.readUInt32BE().toString())],
  [700, sized(4, (bytes) => float4Text(bytes.readFloatBE()))],
  [701, sized(8, (bytes) => bytes.readDoubleBE().toString())],
  [1082, sized(4, (bytes) => momentText(BigInt(bytes.readInt32BE()) * 86_400_000_000n)?.slice(0, 10))],
  [1114, sized(8, (bytes) => momentText(bytes.readBigInt64BE()))],
  [1184, sized(8, (bytes) => zoned(momentText(bytes.readBigInt64BE())))],
  [1700, numericText],
  [2950, sized(16, (bytes) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))],
  [3802, (bytes) => (bytes[0] === 1 ? bytes.toString('utf8', 1) : undefined)],
  // "char", name, text, json, xml, unknown, bpchar, varchar
  ...[18, 19, 25, 114, 142, 705, 1042, 1043].map((oid): [number, Decode] => [oid, utf8]),
]);

/** The array types of the types above. */
const arrays = new Set([
  1000, 1002, 1003, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1028, 1115, 1182, 1185, 1231, 143, 199, 2951, 3807,
]);

function binaryText(bytes: Buffer, typeOid: number): string | undefined {
  return arrays.has(typeOid) ? arrayText(bytes) : decoders.get(typeOid)?.(bytes);
}

/** The shortest decimal that reads back as the same single-precision number. */
function float4Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return text.toString();
  }
  return Number(value.toPrecision(9)).toString();
}

function momentText(microseconds: bigint): string | undefined {
  let seconds = Number(microseconds / 1_000_000n);
  let fraction = Number(microseconds % 1_000_000n);
  if (fraction < 0) {
    seconds -= 1;
    fraction += 1_000_000;
  }
  const ms = epochMs + seconds * 1000;
  // Outside of these years, and for infinity, the text form is another one.
  if (ms < firstYearMs || ms >= Date.UTC(10000, 0, 1)) return undefined;
  const decimals = fraction === 0 ? '' : `.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}`;
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ') + decimals;
}

function zoned(text: string | undefined): string | undefined {
  return text && `${text}+00`;
}

/** Base-10000 digits, the first of them worth 10000^weight; `dscale` decimals are shown. */
function numericText(bytes: Buffer): string | undefined {
  if (bytes.length < 8 || bytes.length !== 8 + 2 * bytes.readUInt16BE(0)) return undefined;
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  if (sign === 0xc000) return 'NaN';
  if (sign !== 0 && sign !== 0x4000) return undefined;
  const digit = (index: number): string => {
    const at = 8 + 2 * index;
    const value = index >= 0 && at < bytes.length ? bytes.readUInt16BE(at) : 0;
    return value.toString().padStart(4, '0');
  };
  let whole = '';
  for (let index = 0; index <= weight; index++) whole += digit(index);
  let decimals = '';
  for (let index = weight + 1; decimals.length < scale; index++) decimals += digit(index);
  const text = whole.replace(/^0+(?=\d)/, '') || '0';
  return `${sign === 0 ? '' : '-'}${text}${scale > 0 ? `.${decimals.slice(0, scale)}` : ''}`;
}

/** Format: https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c (array_send) */
function arrayText(bytes: Buffer): string | undefined {
  if (bytes.length < 12) return undefined;
  const dimensions = bytes.readInt32BE(0);
  const decode = decoders.get(bytes.readUInt32BE(8));
  if (dimensions === 0) return '{}';
  if (!decode || dimensions !== 1 || bytes.length < 20) return undefined;
  const items: string[] = [];
  let position = 20;
  while (position + 4 <= bytes.length) {
    const length = bytes.readInt32BE(position);
    position += 4;
    if (length === -1) {
      items.push('NULL');
      continue;
    }
    if (length < 0 || position + length > bytes.length) return undefined;
    const text = decode(bytes.subarray(position, position + length));
    if (text === undefined) return undefined;
    items.push(quotedItem(text));
    position += length;
  }
  return `{${items.join(',')}}`;
}

function quotedItem(text: string): string {
  return text === '' || /[\s{},"\\]|^null$/i.test(text) ? `"${text.replace(/(["\\])/g, '\\$1')}"` : text;
}
