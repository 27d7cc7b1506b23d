// Our reader of query logs beside pgBadger: speed, memory, and whether all was found. `npm run bench:queries -- --help`
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { busyShare, describeSetting } from '../machine.js';
import { runBench } from '../run-bench.js';
import { measureFormat, pgbadgerVersion } from './measure.js';
import { missesOf, render } from './report.js';
import { shapeCount } from './workload.js';

const help = `Usage: npm run bench:queries -- [options]

Writes logs of PostgreSQL's three formats and reads them with chokepoint queries, and smaller ones with pgBadger too,
where that is installed. A full run takes about five minutes, needs 1 GB in the temporary folder and writes
docs/benchmarks/queries.md; the machine should have nothing else to do.

  --quick         20 MB, to see that it runs; the figures are worth little
  --size <MB>     of each log; 1000 by default
  --compared <MB> of the logs that pgBadger reads; 50 by default
  --only <names>  of stderr, csvlog and jsonlog, with commas between
  --out <file>    write the report there (a quick or partial run writes none otherwise)
  --strict        exit with 1 where a target is missed
`;

const allFormats = ['stderr', 'csvlog', 'jsonlog'];
const fullSize = 1000;
const fullOut = fileURLToPath(new URL('../../docs/benchmarks/queries.md', import.meta.url));

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      size: { type: 'string' },
      compared: { type: 'string' },
      only: { type: 'string', default: allFormats.join(',') },
      out: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const formats = values.only.split(',');
  const unknown = formats.find((format) => !allFormats.includes(format));
  if (unknown !== undefined) throw new Error(`there is no format ${unknown}: --only takes ${allFormats.join(', ')}`);
  const size = numberOf(values.size ?? (values.quick ? 20 : fullSize), '--size');
  const compared = numberOf(values.compared ?? (values.quick ? 2 : 50), '--compared');
  const isWhole = size >= fullSize && formats.length === allFormats.length;
  return { ...values, formats, size, compared, isWhole, out: values.out ?? (isWhole ? fullOut : undefined) };
}

function numberOf(text, option) {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${option} wants a number of megabytes`);
  return value;
}

async function measure({ formats, size, compared, isWhole }, folder) {
  const note = (text) => process.stderr.write(`${text}\n`);
  const version = pgbadgerVersion();
  const setting = describeSetting(version === undefined ? {} : { pgBadger: version });
  const busyShares = [await busyShare()];
  const results = { formats: [], shapes: shapeCount, isJudged: isWhole };
  for (const format of formats) {
    const sizes = { bytes: size * 1e6, comparedBytes: compared * 1e6 };
    results.formats.push(await measureFormat({ format, ...sizes, hasPgbadger: version !== undefined, folder, note }));
    for (const name of ['large', 'small']) rmSync(join(folder, `${name}.${format}`), { force: true });
    busyShares.push(await busyShare());
  }
  const missing = version === undefined ? ['pgBadger'] : [];
  return { ...results, setting: { ...setting, missing, busyShare: Math.max(...busyShares) } };
}

await runBench({ help, optionsOf, measure, render, isMissed: (results) => missesOf(results).length > 0 });
