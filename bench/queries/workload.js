// What runs on the pretended server: 200 statements in sessions that take turns, with a loop here and there.

const tables = [
  ...['orders', 'customers', 'products', 'invoices', 'payments', 'shipments', 'events', 'sessions', 'carts', 'reviews'],
  ...['addresses', 'coupons', 'refunds', 'messages', 'accounts', 'teams', 'projects', 'tasks', 'comments', 'files'],
];

/** How a statement of each kind is written; `$` stands for a value, whose type follows. */
const forms = [
  (t) => [`SELECT id, name, created_at FROM ${t} WHERE id = $`, ['id']],
  (t) => [
    `SELECT "${t}".* FROM "${t}" WHERE "${t}"."email" = $ AND "${t}"."deleted_at" IS NULL LIMIT $`,
    ['text', 'small'],
  ],
  (t) => [
    `SELECT t.id,\n       t.status,\n       count(*) AS total,\n       sum(i.amount)::numeric(12, 2) AS amount\n  FROM ${t} t\n  JOIN ${t}_items i ON i.${t}_id = t.id\n WHERE t.account_id = $\n   AND t.status IN ($, $)\n GROUP BY t.id, t.status\n ORDER BY total DESC\n LIMIT $`,
    ['id', 'word', 'word', 'small'],
  ],
  (t) => [
    `INSERT INTO ${t} (account_id, title, body, amount) VALUES ($, $, $, $) RETURNING id`,
    ['id', 'text', 'prose', 'amount'],
  ],
  (t) => [`UPDATE ${t} SET status = $, updated_at = now() WHERE id = $`, ['word', 'id']],
  (t) => [`SELECT id FROM ${t} WHERE note LIKE $ ORDER BY id DESC LIMIT $ OFFSET $`, ['text', 'small', 'small']],
  (t) => [
    `WITH latest AS (\n  SELECT DISTINCT ON (account_id) *\n    FROM ${t}\n   WHERE created_at > $\n   ORDER BY account_id, created_at DESC\n)\nSELECT a.id, a.name, l.*\n  FROM accounts a\n  LEFT JOIN latest l ON l.account_id = a.id\n WHERE a.region = $`,
    ['time', 'word'],
  ],
  (t) => [`DELETE FROM ${t} WHERE account_id = $ AND created_at < $`, ['id', 'time']],
  (t) => [`SELECT count(*) FROM ${t} WHERE state = $ AND amount BETWEEN $ AND $`, ['word', 'amount', 'amount']],
  (t) => [`SELECT x.id, x.title FROM ${t} x WHERE x.account_id = $ AND x.title <> $ ORDER BY x.title`, ['id', 'text']],
];

const words = ['open', 'paid', 'shipped', 'draft', 'closed', 'eu-west', 'us-east', 'pending', 'archived', 'new'];
const prose = [
  "it's late, and the parcel isn't here",
  'one, two, three; "four"',
  'first line\nsecond line, indented\n\tby a tab',
  'plain text without anything in it that a reader of logs could trip over, only a little longer than the rest',
  'O\'Brien, "Bob" <bob@example.com>',
  'naïve café',
];

/** A generator of numbers from 0 to 1 that are the same each time (Marsaglia's xorshift). */
function createRandom(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** All statements: the form, and how it is sent. */
const statements = tables.flatMap((table, row) =>
  forms.map((form, column) => {
    const [sql, types] = form(table);
    // As real services: most use parameters, some have their literals in the text, some prepare once.
    const way = ['extended', 'extended', 'simple', 'named'][(row + column) % 4];
    return { parts: sql.split('$'), types, way };
  }),
);

export const shapeCount = statements.length;

function someValue(type, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  if (type === 'id') return String(1 + Math.floor(random() * 1e6));
  if (type === 'small') return String(1 + Math.floor(random() * 100));
  if (type === 'amount') return (random() * 1000).toFixed(2);
  if (type === 'time') return `2026-0${1 + Math.floor(random() * 9)}-11 0${Math.floor(random() * 10)}:30:00+00`;
  if (type === 'word') return pick(words);
  return type === 'text' ? `${pick(words)} ${Math.floor(random() * 1e5)}` : pick(prose);
}

const isNumber = (type) => type === 'id' || type === 'small' || type === 'amount';
const quoted = (value) => `'${value.replaceAll("'", "''")}'`;

function execution({ parts, types, way }, random) {
  const values = types.map((type) => someValue(type, random));
  const fill = (text) => parts.reduce((sql, part, index) => sql + text(index - 1) + part);
  const durationUs = Math.floor(20 + 2000 * random() ** 6 * (random() < 0.01 ? 100 : 1));
  return way === 'simple'
    ? { way, durationUs, sql: fill((index) => (isNumber(types[index]) ? values[index] : quoted(values[index]))) }
    : { way, durationUs, values, sql: fill((index) => `$${index + 1}`) };
}

/**
 * Endless executions, each with its session and its time: sessions take turns; one in a hundred requests is a loop of look-ups
 * after a list, a few statements fail, a few run in a transaction.
 */
export function* executions(seed) {
  const random = createRandom(seed);
  const sessions = Array.from({ length: 40 }, (_, index) => ({ pid: 20_000 + index, queue: [] }));
  let now = Date.UTC(2026, 2, 14, 9, 0, 0);
  const enqueue = (queue) => {
    const kind = random();
    const any = () => execution(statements[Math.floor(random() * statements.length)], random);
    if (kind < 0.01) {
      queue.push(execution(statements[2], random));
      for (let turn = 0; turn < 20; turn++) queue.push(execution({ ...statements[10], way: 'extended' }, random));
    } else if (kind < 0.06) {
      queue.push({ way: 'simple', durationUs: 12, sql: 'BEGIN' }, any(), any(), {
        way: 'simple',
        durationUs: 300,
        sql: 'COMMIT',
      });
    } else if (kind < 0.065) {
      queue.push({
        ...any(),
        error: {
          state: '23505',
          text: 'duplicate key value violates unique constraint "orders_pkey"',
          detail: 'Key (id)=(7) already exists.',
        },
      });
    } else queue.push(any());
  };
  while (true) {
    const { pid, queue } = sessions[Math.floor(random() * sessions.length)];
    if (queue.length === 0) enqueue(queue);
    // A session goes on for a moment before another one is heard.
    for (let turn = 0; turn < 3 && queue.length > 0; turn++) {
      now += Math.floor(random() * 2);
      yield { pid, at: now, ...queue.shift() };
    }
  }
}
