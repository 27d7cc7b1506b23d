import pg from 'pg';

/**
 * What the tap may hold more after a result of many rows than before, and at its most while they pass.
 *
 * In passing there are the buffers of two sockets, and the pieces that were read and not collected yet.
 */
export const streamTargets = { keptBytes: 1 << 20, peakBytes: 48 << 20 };

/** Streams results of `rows` rows through the tap, `results` times, to a client that keeps none of them. */
export async function measureStream({ tappedUrl, memory, rows, results, note }) {
  const client = new pg.Client({ connectionString: tappedUrl });
  await client.connect();
  try {
    await stream(client, Math.min(rows, 20_000));
    await stream(client, Math.min(rows, 20_000));
    const before = await memory();
    const points = [];
    for (let result = 0; result < results; result++) {
      note(`streaming ${rows.toLocaleString('en-GB')} rows, ${result + 1} of ${results}`);
      const seconds = await stream(client, rows);
      const after = await memory();
      points.push({
        seconds,
        keptBytes: after.heapUsed + after.external - before.heapUsed - before.external,
        peakBytes: after.peak - before.rss,
      });
    }
    return { rows, points };
  } finally {
    await client.end();
  }
}

async function stream(client, rows) {
  const startedAt = performance.now();
  let seen = 0;
  await new Promise((resolve, reject) => {
    const query = new pg.Query(`SELECT n AS id, repeat('x', 100) AS filler FROM generate_series(1, ${rows}) n`);
    // With a listener for rows, pg keeps none of them.
    query.on('row', () => {
      seen += 1;
    });
    query.on('error', reject);
    query.on('end', resolve);
    client.query(query);
  });
  if (seen !== rows) throw new Error(`${seen} of ${rows} rows came through the tap`);
  return (performance.now() - startedAt) / 1000;
}
