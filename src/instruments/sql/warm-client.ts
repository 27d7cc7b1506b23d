import type { Connection } from './connection.ts';
import { repeatWarm } from './repeated-time.ts';

const question = { sql: 'SELECT $1::int AS number, $2::text AS text', values: ['1', 'warm'], types: [23, 25] };

/**
 * Asks nothing of use until Node has compiled the client: the first round trips of a process take a third longer
 * than those of a service that has been in use for a second.
 */
export async function warmClient(connection: Connection): Promise<void> {
  const askEach = async () => {
    await connection.time(question);
    await connection.time(question, 'objects');
  };
  await repeatWarm(askEach, { warmMs: 500, atLeast: 1, forMs: 0, atMost: 1, atMostMs: 500 });
}
