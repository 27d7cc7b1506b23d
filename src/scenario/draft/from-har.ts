import { Failure } from '../../model/failure.ts';
import { createBudget } from './budget.ts';
import { chooseTarget } from './choose-target.ts';
import { listAt } from './content.ts';
import type { Draft, DraftInput } from './draft.ts';
import { type HarEntry, readEntry, stepOf, unfitReason } from './har-entry.ts';
import { plainName, slug } from './literal.ts';
import { createNotes } from './notes.ts';
import { createSecrets } from './secrets.ts';
import type { WrittenStep } from './written.ts';

/** A shorter pause is the browser's own; a longer one is a user who went away. */
const minThinkMs = 100;
const maxThinkMs = 5000;

/**
 * One flow of what was sent to one origin, in order, with the pauses in between.
 *
 * Format: HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/. Throws `draft-empty` where nothing is left of it.
 */
export function draftFromHar({ content, file, options }: DraftInput): Draft {
  const notes = createNotes();
  const secrets = createSecrets();
  const budget = createBudget();
  const entries: HarEntry[] = [];
  const written = listAt(content, 'log', 'entries');
  for (const each of written) {
    const entry = readEntry(each);
    if ('problem' in entry) notes.leaveOut(entry.label, entry.problem);
    else entries.push(entry);
  }
  const origin = chosenOrigin(entries, options.url);
  const { target, basePath } = chooseTarget(origin, options, notes);
  if (options.url !== undefined && basePath !== '')
    notes.remark('the path of --url is not used: a recording has whole paths');

  const steps: WrittenStep[] = [];
  let requests = 0;
  let endedAt: number | undefined;
  for (const entry of inOrder(entries)) {
    if (entry.url.origin !== origin) {
      notes.leaveOut(entry.label, `it went to another origin than ${plainName(origin ?? '')}`);
      continue;
    }
    const unfit = unfitReason(entry);
    const step = unfit === undefined ? stepOf(entry, secrets) : { problem: unfit };
    const problem = 'problem' in step ? step.problem : budget.refuse(step, 1);
    if ('problem' in step || problem !== undefined) {
      notes.leaveOut(entry.label, problem ?? '');
      continue;
    }
    const gapMs = (entry.startedAt ?? 0) - (endedAt ?? Number.POSITIVE_INFINITY);
    if (gapMs > minThinkMs) steps.push({ think: `${Math.round(Math.min(gapMs, maxThinkMs))}ms` });
    if (entry.startedAt !== undefined) endedAt = Math.max(endedAt ?? 0, entry.startedAt + entry.tookMs);
    steps.push(step);
    requests += 1;
  }
  if (requests === 0) {
    const [first] = notes.leftOut;
    throw new Failure('draft-empty', { path: file, reason: first ? `: ${first.what}: ${first.why}` : '' });
  }
  if (secrets.variables.length > 0)
    notes.remark('secrets of the recording were not taken: variables stand in their place');
  return {
    scenario: { name: slug(nameOf(file)), target, flows: [{ name: 'recording', steps }] },
    source: 'HAR',
    taken: `${requests} of ${written.length} requests, one flow`,
    leftOut: notes.leftOut,
    remarks: notes.remarks,
    variables: secrets.variables,
  };
}

/** That of `url` where something was sent to it, else the most frequent one. */
function chosenOrigin(entries: readonly HarEntry[], url: string | undefined): string | undefined {
  const wanted = url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
  if (entries.some((entry) => entry.url.origin === wanted)) return wanted;
  const counts = new Map<string, number>();
  for (const entry of entries) {
    // A page's own files are the bulk of most recordings, and often stand on a server of their own.
    if (unfitReason(entry) === undefined) counts.set(entry.url.origin, (counts.get(entry.url.origin) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? entries[0]?.url.origin;
}

/** By time where all have one, since some tools write an entry when its response is complete. */
function inOrder(entries: readonly HarEntry[]): readonly HarEntry[] {
  if (entries.some(({ startedAt }) => startedAt === undefined)) return entries;
  return entries.toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
}

function nameOf(file: string): string {
  const name = file.split(/[/\\]/).at(-1) ?? file;
  return name.replace(/\.[^.]*$/, '');
}
