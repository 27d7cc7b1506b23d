/** The first 32 bits of the fractional parts of the `power`-th roots of the first primes. */
function rootFractions(count: number, power: number): Uint32Array {
  const fractions: number[] = [];
  for (let candidate = 2; fractions.length < count; candidate++) {
    const isPrime = Array.from({ length: candidate }, (_, divisor) => divisor).every(
      (divisor) => divisor < 2 || candidate % divisor !== 0,
    );
    if (isPrime) fractions.push((candidate ** (1 / power) % 1) * 2 ** 32);
  }
  return Uint32Array.from(fractions, Math.floor);
}

const rounds = rootFractions(64, 3);
const start = rootFractions(8, 2);

const rotate = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));

/**
 * SHA-256 of a text as a content security policy writes it, in base64: a report is made without I/O, also without that of
 * a crypto module.
 *
 * Source: https://csrc.nist.gov/pubs/fips/180-4/upd1/final
 */
export function sha256Base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const state = Uint32Array.from(start);
  for (let offset = 0; offset < padded.length; offset += 64) addBlock(state, view, offset);
  const digest = [...state].flatMap((word) => [24, 16, 8, 0].map((bits) => (word >>> bits) & 0xff));
  return btoa(String.fromCharCode(...digest));
}

function addBlock(state: Uint32Array, view: DataView, offset: number): void {
  const words = new Uint32Array(64);
  const at = (list: Uint32Array, index: number) => list[index] ?? 0;
  for (let index = 0; index < 64; index++) {
    if (index < 16) {
      words[index] = view.getUint32(offset + index * 4);
      continue;
    }
    const [early, late] = [at(words, index - 15), at(words, index - 2)];
    const first = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const second = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    words[index] = at(words, index - 16) + first + at(words, index - 7) + second;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < 64; index++) {
    const choice = (e & f) ^ (~e & g);
    const first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + at(rounds, index) + at(words, index);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = at(state, index) + word;
}
