import { WireError } from './wire-messages.ts';

/** A column as RowDescription gives it; `format` is 0 for text and 1 for binary, and 0 where it is not decided yet. */
export interface ColumnDescription {
  readonly name: string;
  readonly tableOid: number;
  readonly columnNumber: number;
  readonly typeOid: number;
  readonly format: number;
}

export interface ParseBody {
  readonly name: string;
  readonly sql: string;
  readonly parameterTypes: readonly number[];
}

export interface BindBody {
  readonly portal: string;
  readonly statement: string;
  readonly formats: readonly number[];
  /** Raw values; `null` is NULL, `undefined` lies behind the part of the message that was kept. */
  readonly values: readonly (Buffer | null | undefined)[];
  readonly resultFormats: readonly number[];
}

/** A cursor over a body that refuses to read behind its end. */
function cursorOf(body: Buffer) {
  let position = 0;
  const take = (length: number): number => {
    if (length < 0 || position + length > body.length) throw new WireError('a message is shorter than its fields');
    position += length;
    return position - length;
  };
  return {
    rest: () => body.length - position,
    int16: () => body.readInt16BE(take(2)),
    int32: () => body.readInt32BE(take(4)),
    uint32: () => body.readUInt32BE(take(4)),
    bytes: (length: number) => {
      const start = take(length);
      return body.subarray(start, start + length);
    },
    text: () => {
      const end = body.indexOf(0, position);
      if (end === -1) throw new WireError('a text without its end');
      const text = body.toString('utf8', position, end);
      position = end + 1;
      return text;
    },
  };
}

type Cursor = ReturnType<typeof cursorOf>;

function listOf<T>(cursor: Cursor, read: () => T): readonly T[] {
  const length = cursor.int16();
  if (length < 0) throw new WireError('a negative count');
  // `Array.from` takes several times as long, and this reads the values of every row.
  const list: T[] = [];
  while (list.length < length) list.push(read());
  return list;
}

/** The text of a Query, or as much of it as was kept. */
export function queryText(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('utf8', 0, end === -1 ? body.length : end);
}

/** Parse; where only the head of the message was kept, the text ends there and the types are missing. */
export function parseBody(body: Buffer): ParseBody {
  const cursor = cursorOf(body);
  const name = cursor.text();
  const head = body.subarray(body.length - cursor.rest());
  if (head.indexOf(0) === -1) return { name, sql: queryText(head), parameterTypes: [] };
  const sql = cursor.text();
  return { name, sql, parameterTypes: listOf(cursor, cursor.uint32) };
}

/** Bind; the values are copied, because they outlive the chunk that they came in. */
export function bindBody(body: Buffer, complete: boolean): BindBody {
  const cursor = cursorOf(body);
  const portal = cursor.text();
  const statement = cursor.text();
  const formats = listOf(cursor, cursor.int16);
  let cut = false;
  const values = listOf(cursor, () => {
    if (cut || (!complete && cursor.rest() < 4)) {
      cut = true;
      return undefined;
    }
    const length = cursor.int32();
    if (length === -1) return null;
    cut = !complete && cursor.rest() < length;
    return cut ? undefined : Buffer.from(cursor.bytes(length));
  });
  const resultFormats = cut || (!complete && cursor.rest() < 2) ? [] : listOf(cursor, cursor.int16);
  return { portal, statement, formats, values, resultFormats };
}

/** Describe and Close: `S` and the name of a statement, or `P` and that of a portal. */
export function targetBody(body: Buffer): { readonly of: 'statement' | 'portal'; readonly name: string } {
  const kind = String.fromCharCode(body[0] ?? 0);
  if (kind !== 'S' && kind !== 'P') throw new WireError('neither statement nor portal');
  return { of: kind === 'S' ? 'statement' : 'portal', name: cursorOf(body.subarray(1)).text() };
}

/** The portal that an Execute runs. */
export function executeBody(body: Buffer): string {
  return cursorOf(body).text();
}

export function rowDescriptionBody(body: Buffer): readonly ColumnDescription[] {
  const cursor = cursorOf(body);
  return listOf(cursor, () => {
    const name = cursor.text();
    const tableOid = cursor.uint32();
    const columnNumber = cursor.int16();
    const typeOid = cursor.uint32();
    cursor.bytes(6); // The type's size and modifier.
    return { name, tableOid, columnNumber, typeOid, format: cursor.int16() };
  });
}

export function parameterDescriptionBody(body: Buffer): readonly number[] {
  const cursor = cursorOf(body);
  return listOf(cursor, cursor.uint32);
}

/** The values of a DataRow; `null` is NULL, `undefined` lies behind the part of the message that was kept. */
export function dataRowBody(body: Buffer): readonly (Buffer | null | undefined)[] {
  if (body.length < 2) throw new WireError('a row without its count');
  const count = body.readInt16BE(0);
  const values: (Buffer | null | undefined)[] = [];
  let position = 2;
  // Without a cursor: most of what the tap reads comes past here.
  while (values.length < count) {
    const length = position + 4 <= body.length ? body.readInt32BE(position) : undefined;
    if (length === -1) {
      values.push(null);
      position += 4;
      continue;
    }
    if (length !== undefined && length < 0) throw new WireError('a value of negative length');
    const end = length === undefined ? Number.POSITIVE_INFINITY : position + 4 + length;
    values.push(end <= body.length ? body.subarray(position + 4, end) : undefined);
    position = end;
  }
  return values;
}

/** The SQLSTATE of an ErrorResponse. */
export function errorCode(body: Buffer): string {
  const cursor = cursorOf(body);
  for (;;) {
    const field = cursor.bytes(1)[0];
    if (field === undefined || field === 0) return 'XX000';
    const text = cursor.text();
    if (field === 0x43) return text;
  }
}

/** What a CommandComplete tag tells: the command, and the number of rows that it returned or changed. */
export function commandTag(body: Buffer): { readonly command: string; readonly rows: number } {
  const tag = queryText(body);
  const count = / (\d+)$/.exec(tag)?.[1];
  return { command: tag.replace(/[ \d]+$/, ''), rows: count === undefined ? 0 : Number(count) };
}
