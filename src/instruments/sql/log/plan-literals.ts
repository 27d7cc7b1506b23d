import { normalizeText } from '../normalized-text.ts';

/** Lines of a plan that begin with a name: `Filter: (name = 'x'::text)`, `Buffers: shared hit=3`. */
const namedLine = /^(\s*[A-Z][\w /-]*: )(.*)$/s;

/** Names whose lines and fields hold measurements and names of the schema, and no expression. */
const measured = new RegExp(
  `^(?:${[
    ...[
      'Rows Removed.*',
      'Heap Fetches',
      '.*Blocks',
      'Buffers',
      'I/O Timings',
      'Planning.*',
      'Execution.*',
      'Sort Method',
    ],
    ...[
      'Peak Memory.*',
      '.*Memory.*',
      '.*Batches',
      '.*Buckets',
      'Workers.*',
      'Worker \\d+',
      'Loops',
      '.*-sort Groups.*',
      'Hits.*',
    ],
    ...['JIT', 'Functions', 'Timing', 'Options', 'Trigger.*', 'WAL.*', 'Disk.*', 'Node Type', 'Parent Relationship'],
    ...[
      'Relation Name',
      'Alias',
      'Index Name',
      'Join Type',
      'Scan Direction',
      'Strategy',
      'Partial Mode',
      'Operation',
      'Schema',
    ],
    ...['CTE Name', 'Subplan Name', 'Sort Space Type', 'Cache Mode', 'Cache Key', 'Query Identifier'],
  ].join('|')})$`,
);

/** A plan as it was logged, with the literals in its expressions as `$n`. */
export function planWithoutLiterals(plan: string): string {
  return plan.startsWith('{') ? maskedJson(plan) : maskedText(plan);
}

function maskedText(plan: string): string {
  const lines = plan.split('\n');
  const masked: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    let line = lines[at] ?? '';
    // A literal may go on in the next line.
    while (hasOpenQuote(line) && at + 1 < lines.length) line += `\n${lines[++at]}`;
    const [, name = '', expression] = namedLine.exec(line) ?? [];
    const isMeasured = expression === undefined || /^\d+$/.test(expression) || measured.test(name.trim().slice(0, -1));
    masked.push(isMeasured ? line : `${name}${normalizeText(expression)}`);
  }
  return masked.join('\n');
}

function hasOpenQuote(line: string): boolean {
  return (line.split("'").length - 1) % 2 === 1;
}

function maskedJson(plan: string): string {
  const mask = (key: string, value: unknown): unknown =>
    typeof value === 'string' && !measured.test(key) ? normalizeText(value) : value;
  // A list's elements are expressions by their index.
  return JSON.stringify(JSON.parse(plan, mask), null, 2);
}
