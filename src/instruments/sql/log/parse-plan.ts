/** What auto_explain logs about one execution. */
interface LoggedPlan {
  readonly durationMs: number;
  readonly sql: string;
  /** Bound values as the server lists them, where it does (PostgreSQL 16 and later). */
  readonly parameters: string | undefined;
  /** The plan as it was logged, without the statement. */
  readonly plan: string;
}

const headPattern = /^\p{L}[\p{L} ]{1,30}:? ?(\d+\.\d{3}) (?:ms|мс),? +\p{L}{3,8} ?:\n/u;

/** The first node of a plan in text form; auto_explain always shows costs. */
const firstNode = /^[A-Z][^\n]*\(cost=\d+\.\d\d\.\.\d+\.\d\d rows=\d+ width=\d+\)/m;

/**
 * Reads `duration: 12.345 ms  plan:` with the plan as text or as JSON; `undefined` for every other message, and for plans
 * in XML or YAML.
 *
 * @see https://www.postgresql.org/docs/current/auto-explain.html
 */
export function parsePlan(message: string): LoggedPlan | undefined {
  // Plans follow a line end, which few messages have so early.
  const end = message.indexOf('\n');
  if (end < 0 || end > 80) return undefined;
  const head = headPattern.exec(message);
  if (!head) return undefined;
  const durationMs = Number(head[1]);
  const body = message.slice(head[0].length);
  return body.startsWith('{') ? jsonPlan(body, durationMs) : textPlan(body, durationMs);
}

function jsonPlan(body: string, durationMs: number): LoggedPlan | undefined {
  try {
    const found = JSON.parse(body) as Readonly<Record<string, unknown>>;
    const { 'Query Text': sql, 'Query Parameters': parameters, 'Query Identifier': _, ...plan } = found;
    if (typeof sql !== 'string') return undefined;
    return {
      ...{ durationMs, sql, plan: JSON.stringify(plan, null, 2) },
      parameters: typeof parameters === 'string' ? parameters : undefined,
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textPlan(body: string, durationMs: number): LoggedPlan | undefined {
  const start = 'Query Text: ';
  if (!body.startsWith(start)) return undefined;
  const node = firstNode.exec(body);
  if (!node) return undefined;
  const query = body.slice(start.length, node.index).trimEnd();
  const [, sql = query, parameters] = /^([\s\S]*?)\nQuery Parameters: (\$1 = [\s\S]*)$/.exec(query) ?? [];
  const plan = body.slice(node.index).replace(/\n?Query Identifier: -?\d+\s*$/, '');
  return { durationMs, sql, parameters, plan };
}
