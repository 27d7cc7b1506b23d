// What the wire tap costs a round trip, and whether rows stay in it. `npm run bench:tap -- --help`
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/target/embedded-postgres.js';
import { busyShare, describeSetting } from '../machine.js';
import { startModule } from '../processes.js';
import { runBench } from '../run-bench.js';
import { missesOf, render } from './report.js';
import { measureRoundTrips } from './round-trips.js';
import { measureStream } from './stream.js';

const help = `Usage: npm run bench:tap -- [options]

Measures what the wire tap adds to a round trip to the embedded PostgreSQL, and its memory while many rows pass.
A full run takes about a minute and writes docs/benchmarks/tap.md; the machine should have nothing else to do.

  --quick       a few seconds, to see that it runs; the figures are worth little
  --out <file>  write the report there (a quick run writes none otherwise)
  --strict      exit with 1 where a target is missed
`;

const fullOut = fileURLToPath(new URL('../../docs/benchmarks/tap.md', import.meta.url));
const full = { roundTrips: { rounds: 7, pairs: 2000 }, stream: { rows: 200_000, results: 10 } };
const quick = { roundTrips: { rounds: 2, pairs: 100 }, stream: { rows: 20_000, results: 2 } };

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, out: values.out ?? (values.quick ? undefined : fullOut), size: values.quick ? quick : full };
}

async function measure({ size }) {
  const note = (text) => process.stderr.write(`${text}\n`);
  const server = await startEmbeddedPostgres(new AbortController().signal);
  const tap = startModule(new URL('run-tap.js', import.meta.url), { execArgv: ['--expose-gc'] });
  const ask = (job) => {
    const answer = tap.message(30_000);
    tap.send(job);
    return answer;
  };
  try {
    const version = await fill(server.adminUrl);
    const { hostname: host, port } = new URL(server.adminUrl);
    const { port: tapPort } = await ask({ kind: 'start', upstream: { host, port: Number(port) } });
    const tappedUrl = Object.assign(new URL(server.adminUrl), { port: String(tapPort) }).href;
    const setting = describeSetting({ PostgreSQL: version });
    const busyShares = [await busyShare()];
    const urls = { directUrl: server.adminUrl, tappedUrl };
    const roundTrips = await measureRoundTrips({ ...urls, ...size.roundTrips, note });
    const stream = await measureStream({ tappedUrl, memory: () => ask({ kind: 'memory' }), ...size.stream, note });
    busyShares.push(await busyShare());
    return { setting: { ...setting, busyShare: Math.max(...busyShares) }, roundTrips, stream };
  } finally {
    await tap.stop();
    await server.stop();
  }
}

async function fill(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    "CREATE TABLE bench AS SELECT n AS id, 'name ' || n AS name FROM generate_series(1, 1000) n; ALTER TABLE bench ADD PRIMARY KEY (id); ANALYZE bench",
  );
  const { rows } = await client.query('SHOW server_version');
  await client.end();
  return rows[0].server_version;
}

await runBench({ help, optionsOf, measure, render, isMissed: (results) => missesOf(results).length > 0 });
