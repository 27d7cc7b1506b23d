import type { Socket } from 'node:net';
import pg from 'pg';

/** Writes chosen protocol messages on a connection that `pg` has logged in, for tests of what no driver sends. */
export interface RawClient {
  send(...messages: readonly Buffer[]): void;
  /** Resolves when the server has sent `count` more messages of this type. */
  until(type: string, count?: number): Promise<void>;
  end(): void;
}

/** Uses the parts of `pg` that its types leave out. */
interface WithConnection {
  readonly connection: { readonly stream: Socket; removeAllListeners(): void };
}

export async function openRawClient(url: string): Promise<RawClient> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { connection } = client as unknown as WithConnection;
  const { stream } = connection;
  connection.removeAllListeners();
  stream.removeAllListeners('data');
  stream.on('error', () => stream.destroy());
  const seen: string[] = [];
  const waiting = new Set<() => void>();
  let held = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 5 && held.length >= 1 + held.readInt32BE(1)) {
      seen.push(String.fromCharCode(held[0] ?? 0));
      held = held.subarray(1 + held.readInt32BE(1));
    }
    for (const check of waiting) check();
  });
  return {
    send: (...messages) => void stream.write(Buffer.concat(messages)),
    until: (type, count = 1) =>
      new Promise((resolve) => {
        const check = (): void => {
          const positions = seen.flatMap((name, index) => (name === type ? [index] : []));
          const last = positions[count - 1];
          if (last === undefined) return;
          seen.splice(0, last + 1);
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    end: () => stream.destroy(),
  };
}

/** A message: its type and the fields of its body. */
export function message(type: string, ...fields: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(fields.map((field) => (typeof field === 'string' ? Buffer.from(`${field}\0`) : field)));
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255]);
export const int32 = (value: number): Buffer => Buffer.concat([int16(value >> 16), int16(value & 0xffff)]);

export const parse = (name: string, sql: string) => message('P', name, sql, int16(0));
export const bind = (portal: string, name: string, ...values: readonly string[]) =>
  message(
    'B',
    portal,
    name,
    int16(0),
    int16(values.length),
    ...values.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]),
    int16(0),
  );
export const describePortal = (name: string) => message('D', Buffer.from('P'), name);
export const describeNamed = (name: string) => message('D', Buffer.from('S'), name);
export const execute = (portal: string, maxRows = 0) => message('E', portal, int32(maxRows));
export const closePortal = (name: string) => message('C', Buffer.from('P'), name);
export const closeNamed = (name: string) => message('C', Buffer.from('S'), name);
export const sync = () => message('S');
export const flush = () => message('H');
export const query = (sql: string) => message('Q', sql);
