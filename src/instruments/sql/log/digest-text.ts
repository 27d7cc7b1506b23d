import { normalizeText } from '../normalized-text.ts';
import type { AssembledText } from './assemble-statements.ts';
import { withoutOuterComments } from './describe-logged.ts';
import { ownCopy } from './prefix-reader.ts';

/** What is kept of a statement's text: enough to count it and to tell its repeats from each other, and no more. */
export interface TextDigest<S> extends AssembledText {
  /** Of the text with its literals, without the comments around it; two texts in 10¹¹ have the same. */
  readonly identity: number;
  /** One object for all statements that differ in their literals only, as long as it is remembered. */
  readonly shape: S;
  readonly hasPlaceholders: boolean;
  readonly cut: boolean;
}

/** Shapes and texts without literals that are remembered; more come from generated texts only. */
const maxShapes = 20_000;
const maxTexts = 2_000;
/** Longer texts are bulk inserts, most of which differ. */
const maxRememberedLength = 10_000;

/**
 * Takes in statements' texts.
 *
 * @param shapeOf - makes the shape of a text that is the first of its kind
 * @param onForget - is called before the first shape is made after all were forgotten, since there were too many
 */
export function createTextDigester<S>(
  shapeOf: (text: string) => S,
  onForget: () => void = () => undefined,
): (sql: string, cut: boolean) => TextDigest<S> {
  type Digest = TextDigest<S>;
  const shapes = new Map<number, S>();
  const texts = new Map<string, Digest>();
  const scan: TextScan = { identity: 0, shape: 0, hasPlaceholders: false, hasLiterals: false };

  const shapeFor = (key: number, text: string): S => {
    const known = shapes.get(key);
    if (known) return known;
    if (shapes.size === maxShapes) {
      shapes.clear();
      texts.clear();
      onForget();
    }
    const shape = shapeOf(ownCopy(text));
    shapes.set(key, shape);
    return shape;
  };

  return (sql, cut) => {
    const known = texts.get(sql);
    if (known && !cut) return known;
    const text = hasOuterComment(sql) ? withoutOuterComments(sql) : sql;
    if (!scanPlain(text, scan)) scanAny(text, scan);
    const { identity, hasPlaceholders, hasLiterals } = scan;
    const digest: Digest = { identity, size: 0, shape: shapeFor(scan.shape, text), hasPlaceholders, cut };
    // With literals in it a text hardly comes again.
    if (!hasLiterals && !cut && sql.length <= maxRememberedLength) {
      if (texts.size === maxTexts) texts.clear();
      texts.set(ownCopy(sql), digest);
    }
    return digest;
  };
}

interface TextScan {
  identity: number;
  shape: number;
  hasPlaceholders: boolean;
  hasLiterals: boolean;
}

/** Where this says no, there is neither a comment nor white space around the statement. */
function hasOuterComment(sql: string): boolean {
  const first = sql.charCodeAt(0);
  const last = sql.charCodeAt(sql.length - 1);
  return first === 0x2f || first <= 0x20 || last === 0x2f || last === 0x3b || last <= 0x20;
}

/** Two 32-bit streams after cyrb53, as in `value-hash.ts`, but kept as a number. */
const seeds = [0xdeadbeef, 0x41c6ce57] as const;
const multipliers = [2654435761, 1597334677] as const;

/** Hashes a text as a number of 53 bits. */
export function hashOf(text: string, start = 0): number {
  let first: number = seeds[0];
  let second: number = seeds[1];
  for (let at = start; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    first = Math.imul(first ^ unit, multipliers[0]);
    second = Math.imul(second ^ unit, multipliers[1]);
  }
  return mixed(first, second);
}

/** A hash that stands for two of them in their order. */
export function joinedHash(one: number, other: number): number {
  const high = (value: number) => Math.floor(value / 2 ** 32);
  return mixed(
    Math.imul((one | 0) ^ 0x9e3779b9, 0x85ebca6b) ^ (other | 0),
    Math.imul(high(one) + 0x7f4a7c15, 0xc2b2ae35) ^ high(other),
  );
}

function mixed(one: number, other: number): number {
  const first = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
  const second = Math.imul(other ^ (other >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909);
  return (second >>> 11) * 2 ** 32 + (first >>> 0);
}

/**
 * Hashes a text whose literals are plain quotes and numbers in one pass; `false` for escapes, dollar quotes, comments
 * and runs of semicolons, which cannot be told apart at a glance.
 */
function scanPlain(sql: string, scan: TextScan): boolean {
  let first: number = seeds[0];
  let second: number = seeds[1];
  let shapeFirst: number = seeds[0];
  let shapeSecond: number = seeds[1];
  let semicolons = 0;
  let hasPlaceholders = false;
  let hasLiterals = false;
  let before = 0;
  const length = sql.length;
  for (let at = 0; at < length; at++) {
    const unit = sql.charCodeAt(at);
    first = Math.imul(first ^ unit, multipliers[0]);
    second = Math.imul(second ^ unit, multipliers[1]);
    let shown = unit;
    if (unit === 0x27) {
      hasLiterals = true;
      // To the closing quote; a doubled one opens the next part of the same literal.
      const close = sql.indexOf("'", at + 1);
      const end = close < 0 ? length : close;
      for (at++; at < end; at++) {
        const inside = sql.charCodeAt(at);
        if (inside === 0x5c) return false;
        first = Math.imul(first ^ inside, multipliers[0]);
        second = Math.imul(second ^ inside, multipliers[1]);
      }
      first = Math.imul(first ^ 0x27, multipliers[0]);
      second = Math.imul(second ^ 0x27, multipliers[1]);
      if (before === 0x27) continue;
    } else if (unit === 0x22) {
      const close = sql.indexOf('"', at + 1);
      const end = close < 0 ? length - 1 : close;
      for (at++; at <= end; at++) {
        const inside = sql.charCodeAt(at);
        if (inside === 0x5c) return false;
        first = Math.imul(first ^ inside, multipliers[0]);
        second = Math.imul(second ^ inside, multipliers[1]);
        shapeFirst = Math.imul(shapeFirst ^ inside, multipliers[0]);
        shapeSecond = Math.imul(shapeSecond ^ inside, multipliers[1]);
      }
      at = end;
    } else if (unit >= 0x30 && unit <= 0x39 && !isWordUnit(before)) {
      if (before !== 0x24) hasLiterals = true;
      let end = at + 1;
      while (isDigitOrPoint(sql.charCodeAt(end))) end++;
      // `1e5`, `0xff`, `1_000`.
      if (isWordUnit(sql.charCodeAt(end))) return false;
      for (at++; at < end; at++) {
        const inside = sql.charCodeAt(at);
        first = Math.imul(first ^ inside, multipliers[0]);
        second = Math.imul(second ^ inside, multipliers[1]);
      }
      at = end - 1;
      shown = 0x30;
    } else if (unit === 0x5c) return false;
    else if (unit === 0x2d && before === 0x2d) return false;
    else if (unit === 0x2a && before === 0x2f) return false;
    else if (unit === 0x24) {
      const next = sql.charCodeAt(at + 1);
      if (!(next >= 0x30 && next <= 0x39)) return false;
      hasPlaceholders = true;
    } else if (unit === 0x3b && ++semicolons > 3) return false;
    shapeFirst = Math.imul(shapeFirst ^ shown, multipliers[0]);
    shapeSecond = Math.imul(shapeSecond ^ shown, multipliers[1]);
    before = unit;
  }
  scan.identity = mixed(first, second);
  scan.shape = mixed(shapeFirst, shapeSecond);
  scan.hasPlaceholders = hasPlaceholders;
  scan.hasLiterals = hasLiterals;
  return true;
}

/** The same for every text, by the lexer where it is not too long for that. */
function scanAny(sql: string, scan: TextScan): void {
  // Whether a backslash escapes a quote depends on a setting: such texts are told apart as a whole.
  const isDoubtful = sql.length > maxRememberedLength || sql.includes('\\');
  scan.identity = hashOf(sql);
  scan.shape = joinedHash(hashOf(isDoubtful ? sql : normalizeText(sql)), 1);
  scan.hasPlaceholders = /\$\d/.test(sql);
  scan.hasLiterals = true;
}

function isWordUnit(unit: number): boolean {
  const lower = unit | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (unit >= 0x30 && unit <= 0x39) || unit === 0x5f;
}

function isDigitOrPoint(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || unit === 0x2e;
}
