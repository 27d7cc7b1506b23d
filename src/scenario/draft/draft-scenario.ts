import { Failure } from '../../model/failure.ts';
import { at, isMap, scalarText, textAt } from './content.ts';
import { type Draft, type DraftInput, type SourceKind, sourceKinds } from './draft.ts';
import { draftFromArtillery } from './from-artillery.ts';
import { draftFromHar } from './from-har.ts';
import { draftFromOpenApi } from './from-openapi.ts';
import { plainName } from './literal.ts';
import { parseDocument } from './parse-document.ts';

interface Source extends Omit<DraftInput, 'content'> {
  readonly text: string;
  /** Left out: told by the content. */
  readonly kind?: SourceKind | undefined;
}

const drafters: Readonly<Record<SourceKind, (input: DraftInput) => Draft>> = {
  openapi: draftFromOpenApi,
  har: draftFromHar,
  artillery: draftFromArtillery,
};

const kindNames: Readonly<Record<SourceKind, string>> = {
  openapi: 'an OpenAPI 3 document',
  har: 'a HAR file',
  artillery: 'an Artillery file',
};

/** Drafts a scenario from the text of a file; throws `draft-unreadable`, `draft-unrecognised` or `draft-empty`. */
export function draftScenario({ text, kind, ...input }: Source): Draft {
  const content = parseDocument(text, input.file);
  const found = sourceKinds.find((each) => isOfKind(content, each));
  const path = input.file;
  if (!found || (kind !== undefined && !isOfKind(content, kind))) {
    throw new Failure('draft-unrecognised', { path, reason: whatItIs(content, kind, found) });
  }
  return drafters[kind ?? found]({ ...input, content });
}

function isOfKind(content: unknown, kind: SourceKind): boolean {
  switch (kind) {
    case 'openapi':
      return /^3(?:\.|$)/.test(scalarText(at(content, 'openapi')) ?? '');
    case 'har':
      return Array.isArray(at(content, 'log', 'entries'));
    case 'artillery':
      return (
        Array.isArray(at(content, 'scenarios')) && (isMap(at(content, 'config')) || at(content, 'config') === undefined)
      );
  }
}

function whatItIs(content: unknown, wanted: SourceKind | undefined, found: SourceKind | undefined): string {
  const swagger = scalarText(at(content, 'swagger'));
  if (swagger !== undefined) return `is a Swagger ${plainName(swagger)} document: convert it to OpenAPI 3 first`;
  const version = scalarText(at(content, 'openapi'));
  if (version !== undefined && found !== 'openapi')
    return `is OpenAPI ${plainName(version)}, and only version 3 is read`;
  if (found && wanted) return `is ${kindNames[found]}, and not ${kindNames[wanted]}`;
  if (isMap(at(content, 'target')) && at(content, 'flows') !== undefined)
    return 'is a scenario already: `chokepoint check` tries it';
  if (textAt(content, 'info', 'schema')?.includes('postman'))
    return 'is a Postman collection: export it as OpenAPI first';
  return wanted
    ? `is not ${kindNames[wanted]}`
    : 'is neither an OpenAPI 3 document, nor a HAR file, nor an Artillery file';
}
