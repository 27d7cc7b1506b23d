import { median } from '../../stats/summary.ts';
import { connect } from './connection.ts';
import { repeatWarm } from './repeated-time.ts';

/** Median time in ms to open a connection, login included; each is closed again outside of it. */
export async function timeToConnect(url: string, signal: AbortSignal): Promise<number | undefined> {
  const openOne = async () => {
    const startedAt = performance.now();
    const connection = await connect(url, signal);
    const openMs = performance.now() - startedAt;
    await connection.close();
    return openMs;
  };
  return median(await repeatWarm(openOne, { atLeast: 5, forMs: 0, atMost: 5, atMostMs: 5_000 }));
}
