import type { Variant } from '../model/scenario.ts';
import { buildCommand } from './build-command.ts';
import { lowerCaseHeaders } from './build-headers.ts';
import { requireNoEffect } from './build-target.ts';
import { buildUrl } from './build-url.ts';
import { invalidValue, textsAt } from './invalid-value.ts';
import { launchingOf } from './launching.ts';
import type { ScenarioDocument } from './schema.ts';
import type { SourceNode } from './source-tree.ts';

/** The variants in their order; one called `default` where none is written. */
export function buildVariants(document: ScenarioDocument, root: SourceNode): readonly Variant[] {
  const names = Object.keys(document.variants);
  const [, , third] = names;
  if (third !== undefined) {
    throw invalidValue(root, ['variants'], `has ${names.length} variants`, 'give two, before and after, or none');
  }
  if (names.length === 0) return [{ name: 'default', env: {}, headers: {} }];
  return names.map((name) => buildVariant(name, document, root));
}

function buildVariant(name: string, document: ScenarioDocument, root: SourceNode): Variant {
  const path = ['variants', name];
  const { command: written, url } = document.variants[name] ?? {};
  if (written !== undefined && url !== undefined) {
    const hint = 'keep one of the two: what has a url is not started';
    throw invalidValue(root, [...path, 'url'], 'stands beside command', hint);
  }
  const { any, all } = launchingOf(document);
  if (written !== undefined && any && !all) {
    const reason = 'would listen where another variant runs already';
    throw invalidValue(root, [...path, 'command'], reason, 'give target.command, or a url for the other variant');
  }
  const command = buildCommand(written, root, [...path, 'command']);
  const isStarted = url === undefined && (command ?? document.target.command) !== undefined;
  if (!isStarted) requireNoEffect(root, [...path, 'env']);
  return {
    name,
    ...(command && { command }),
    ...(url !== undefined && { url: buildUrl(url, false, root, [...path, 'url']) }),
    env: textsAt(root, [...path, 'env']),
    headers: lowerCaseHeaders(root, [...path, 'headers']),
  };
}
