import { Failure } from '../../model/failure.ts';
import { dataOf } from './artillery-data.ts';
import { loadOf } from './artillery-load.ts';
import { type StepContext, stepOf } from './artillery-step.ts';
import { createBudget } from './budget.ts';
import { chooseTarget } from './choose-target.ts';
import { at, isMap, listAt, mapAt, numberAt, textAt } from './content.ts';
import type { Draft, DraftInput } from './draft.ts';
import { plainName, slug, unusedName } from './literal.ts';
import { createNotes } from './notes.ts';
import { createSecrets } from './secrets.ts';
import type { WrittenFlow, WrittenStep } from './written.ts';

const configKeys = new Set('target phases variables payload http defaults'.split(' '));
const httpKeys = new Set('timeout defaults'.split(' '));
const topKeys = new Set('config scenarios before after'.split(' '));
const scenarioKeys = new Set('name weight flow engine'.split(' '));

/**
 * The part of an Artillery file that a scenario has words for; what is left out is named by its place.
 *
 * Format: https://www.artillery.io/docs/reference/test-script. Throws `draft-empty` where no request is left.
 */
export function draftFromArtillery({ content: document, file, options, readBeside }: DraftInput): Draft {
  const notes = createNotes();
  const secrets = createSecrets();
  const budget = createBudget();
  const config = at(document, 'config');
  const written = textAt(config, 'target');
  const found = written?.includes('{{') ? undefined : written;
  if (found !== written) notes.leaveOut('config.target', 'it is a template');
  const { target, basePath } = chooseTarget(found, options, notes);
  const noCounterpart = (value: unknown, place: string, known: ReadonlySet<string>) => {
    for (const key of Object.keys(isMap(value) ? value : {})) {
      if (!known.has(key)) notes.leaveOut(`${place}${plainName(key)}`, 'it has no counterpart');
    }
  };
  noCounterpart(document, '', topKeys);
  noCounterpart(config, 'config.', configKeys);
  noCounterpart(at(config, 'http'), 'config.http.', httpKeys);
  const load = loadOf(config, notes);
  budget.refuse(load, 0);
  const { data, names } = dataOf(config, { notes, secrets, budget, readBeside });
  const defaults = mapAt(config, 'defaults', 'headers') ?? mapAt(config, 'http', 'defaults', 'headers') ?? {};
  const headers = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name.toLowerCase(), value]));
  const origin = found !== undefined && URL.canParse(found) ? new URL(found).origin : undefined;

  const dataNames = data.map(({ as }) => as);
  let requests = 0;
  let seen = 0;
  const isRequest = (step: WrittenStep) => step.think === undefined;
  const stepsOf = (flow: readonly unknown[], place: string, known: Map<string, string>): readonly WrittenStep[] =>
    flow.flatMap((item, index) => {
      const itemPlace = `${place}[${index}]`;
      const leaveOut: StepContext['leaveOut'] = (key, why) => notes.leaveOut(`${itemPlace}.${key}`, why);
      const drafted = stepOf(item, { secrets, dataNames, known, origin, basePath, headers, leaveOut });
      const asks = 'problem' in drafted || isRequest(drafted.step);
      if (asks) seen += 1;
      const problem = 'problem' in drafted ? drafted.problem : budget.refuse(drafted.step, asks ? 1 : 0);
      if ('problem' in drafted || problem !== undefined) {
        notes.leaveOut(itemPlace, problem ?? '');
        return [];
      }
      for (const [name, ours] of drafted.captured) known.set(name, ours);
      if (asks) requests += 1;
      return [drafted.step];
    });

  const once = new Map(names);
  const before = stepsOf(listAt(document, 'before', 'flow'), 'before.flow', once);
  const flows: WrittenFlow[] = [];
  for (const [index, scenario] of listAt(document, 'scenarios').entries()) {
    const place = `scenarios[${index}]`;
    const engine = textAt(scenario, 'engine') ?? 'http';
    const weight = numberAt(scenario, 'weight') ?? 1;
    if (engine !== 'http') {
      notes.leaveOut(place, `the engine ${plainName(engine)}`);
    } else if (!(weight > 0 && weight <= 1_000_000)) {
      notes.leaveOut(place, 'its weight is not above 0');
    } else {
      noCounterpart(scenario, `${place}.`, scenarioKeys);
      const steps = stepsOf(listAt(scenario, 'flow'), `${place}.flow`, new Map(once));
      if (!steps.some(isRequest)) {
        notes.leaveOut(place, 'no request of it is left');
        continue;
      }
      const wanted = plainName(textAt(scenario, 'name') ?? '');
      const name = wanted && unusedName(wanted, (each) => flows.some((flow) => flow.name === each));
      flows.push({ ...(name !== '' && { name }), ...(weight !== 1 && { weight }), steps });
    }
  }
  const after = stepsOf(listAt(document, 'after', 'flow'), 'after.flow', once);
  if (flows.length === 0) {
    const first = notes.leftOut.find(({ what }) => what.startsWith('scenarios'));
    throw new Failure('draft-empty', { path: file, reason: first ? `: ${first.what}: ${first.why}` : '' });
  }
  notes.remark('Artillery follows redirects, the draft does not: add redirects: true to the steps that need it');
  return {
    scenario: {
      name: slug((file.split(/[/\\]/).at(-1) ?? '').replace(/\.[^.]*$/, '')),
      target,
      ...(load && { load }),
      ...(data.length > 0 && { data }),
      ...(before.length > 0 && { before }),
      flows,
      ...(after.length > 0 && { after }),
    },
    source: 'Artillery',
    taken: `${requests} of ${seen} requests, ${flows.length} ${flows.length === 1 ? 'flow' : 'flows'}`,
    leftOut: notes.leftOut,
    remarks: notes.remarks,
    variables: secrets.variables,
  };
}
