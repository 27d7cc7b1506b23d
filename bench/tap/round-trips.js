import pg from 'pg';

/** What the tap may add to a round trip at the median, in milliseconds. */
export const addedTargetMs = 0.25;

const situations = [
  { title: 'simple query, one row', ask: (client) => client.query('SELECT 1') },
  {
    title: 'bound value, one row',
    ask: (client, turn) => client.query('SELECT id, name FROM bench WHERE id = $1', [1 + (turn % 1000)]),
  },
  {
    title: 'named statement, 100 rows',
    ask: (client, turn) =>
      client.query({
        name: 'hundred',
        text: 'SELECT id, name FROM bench WHERE id > $1 ORDER BY id LIMIT 100',
        values: [turn % 800],
      }),
  },
];

/**
 * Time of one round trip with and without the tap, in pairs that follow each other at once, now one and now the other
 * first: what the machine does meanwhile hits both.
 */
export async function measureRoundTrips({ directUrl, tappedUrl, rounds, pairs, note }) {
  const direct = new pg.Client({ connectionString: directUrl });
  const tapped = new pg.Client({ connectionString: tappedUrl });
  await direct.connect();
  await tapped.connect();
  try {
    const results = [];
    for (const { title, ask } of situations) {
      const timed = async (client, turn) => {
        const startedAt = performance.now();
        await ask(client, turn);
        return performance.now() - startedAt;
      };
      const measured = [];
      // The first round is what everything is compiled in.
      for (let round = 0; round <= rounds; round++) {
        note(`${title}: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
        const times = { direct: [], tapped: [], added: [] };
        for (let turn = 0; turn < pairs; turn++) {
          const tappedFirst = turn % 4 === 1 || turn % 4 === 2;
          const before = tappedFirst ? await timed(tapped, turn) : await timed(direct, turn);
          const after = tappedFirst ? await timed(direct, turn) : await timed(tapped, turn);
          const [without, through] = tappedFirst ? [after, before] : [before, after];
          times.direct.push(without);
          times.tapped.push(through);
          times.added.push(through - without);
        }
        if (round > 0) measured.push(times);
      }
      const all = (name) => measured.flatMap((times) => times[name]);
      results.push({
        title,
        pairs: rounds * pairs,
        directMs: median(all('direct')),
        tappedMs: median(all('tapped')),
        addedMs: median(all('added')),
        addedByRound: measured.map(({ added }) => median(added)),
      });
    }
    return results;
  } finally {
    await direct.end();
    await tapped.end();
  }
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
