/** How far the saving foretold may be from the one realised, as a share of the latter. */
const tolerance = 0.3;

/**
 * What came of one app: whether its fault was found in `slow`, what was accused beyond it, and the savings.
 *
 * A saving is of one request; where a fix mends several endpoints or several findings, they are added.
 */
export function judgeApp(id, { outcomes, means }) {
  const own = outcomes.slow[id];
  const findings = own?.status === 'fail' ? own.findings : [];
  const foretold = savingsOf(findings);
  const realised =
    means === undefined || foretold.size === 0
      ? undefined
      : [...foretold.keys()].reduce((sum, endpoint) => sum + means.slow[endpoint] - means.fixed[endpoint], 0);
  const foretoldMs = foretold.size === 0 ? undefined : [...foretold.values()].reduce((sum, ms) => sum + ms, 0);
  return {
    id,
    isFound: findings.length > 0,
    outcome: own?.status ?? 'not run',
    grade: findings[0]?.grade,
    accused: [
      ...failing(outcomes.slow)
        .filter((audit) => audit !== id)
        .map((audit) => `${audit} (slow)`),
      ...failing(outcomes.fixed).map((audit) => `${audit} (fixed)`),
    ],
    ...(foretoldMs === undefined || realised === undefined ? {} : { foretoldMs, realisedMs: realised }),
  };
}

/** By endpoint; several findings of one endpoint are mended together. */
function savingsOf(findings) {
  const savings = new Map();
  for (const { endpoint, savingMs } of findings) {
    if (endpoint === undefined || savingMs === undefined) continue;
    savings.set(endpoint, (savings.get(endpoint) ?? 0) + savingMs);
  }
  return savings;
}

function failing(outcomes) {
  return Object.entries(outcomes)
    .filter(([, { status }]) => status === 'fail' || status === 'errored')
    .map(([audit]) => audit);
}

/** Whether the saving came out as foretold; `undefined` where none was. */
export function isWithin({ foretoldMs, realisedMs }) {
  if (foretoldMs === undefined) return undefined;
  return realisedMs > 0 && Math.abs(foretoldMs - realisedMs) <= tolerance * realisedMs;
}

/** What was promised, and whether it is so. */
export function targetsOf(apps) {
  const missing = apps.filter(({ failure, isFound }) => failure !== undefined || !isFound).map(({ id }) => id);
  const accused = apps.filter((app) => app.accused?.length > 0).map(({ id }) => id);
  const off = apps.filter((app) => app.failure === undefined && isWithin(app) === false).map(({ id }) => id);
  return [
    { title: 'every slow app is found', isMet: missing.length === 0, misses: missing },
    { title: 'nothing else is accused, in no fixed app anything', isMet: accused.length === 0, misses: accused },
    { title: 'every saving foretold is realised within 30 %', isMet: off.length === 0, misses: off },
  ];
}
