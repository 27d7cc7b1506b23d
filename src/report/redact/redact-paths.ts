import type { LoadedRun } from '../../model/run.ts';
import type { TextPlace } from './map-texts.ts';

const drive = String.raw`[A-Za-z]:[\\/]`;
const segment = String.raw`[^\s/\\:*?"'<>|()\[\],;]+`;

/** Folders at the top of a file system; a url's path that begins like one follows a method, a host or a quote. */
const roots =
  'home|Users|root|srv|var|opt|usr|tmp|etc|mnt|media|private|Volumes|workspace|workspaces|builds|github|__w|nix|proc|run|app|data';

/** A path in a text. */
const pathInText = new RegExp(
  `(?<![\\w.:/\\\\-]|(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) )(?:file://)?(?:/(?:${roots})(?:/${segment})+|~(?:/${segment})+|${drive}${segment}(?:[\\\\/]${segment})*)`,
  'g',
);

const isAbsolute = (path: string) => path.startsWith('/') || new RegExp(`^${drive}`).test(path);

/**
 * A function that makes absolute paths relative to the project, or `…/file.js` where they lie outside of it.
 *
 * The project is the folder that holds all of the service's own code; homes are never it, nor part of what is left.
 */
export function pathRedaction(loaded: LoadedRun): (text: string, place: TextPlace) => string {
  const project = projectFolder(loaded);
  const shorten = (text: string) => {
    const path = text.replace(/^file:\/\/(?:localhost)?/, '').replaceAll('\\', '/');
    const inPackages = path.lastIndexOf('/node_modules/');
    if (inPackages >= 0) return path.slice(inPackages + 1);
    if (project !== '' && path.startsWith(project)) return path.slice(project.length);
    return `…/${path.split('/').filter(Boolean).at(-1) ?? ''}`;
  };
  return (text, [key, ...parents]) => {
    if (key === 'endpoint' || key === 'endpoints' || parents[0] === 'endpoints' || key === 'url') return text;
    if (key === 'file') return isAbsolute(text.replace(/^file:\/\//, '')) ? shorten(text) : text;
    return text.replace(pathInText, shorten);
  };
}

/** Ends in a slash; empty where there is none that says nothing about the machine. */
function projectFolder({ gathered, run }: LoadedRun): string {
  const folders = [...profiledFiles(gathered), ...evidenceFiles(run)]
    .map((file) => file.replace(/^file:\/\//, '').replaceAll('\\', '/'))
    .filter((file) => isAbsolute(file) && !file.includes('/node_modules/'))
    .map((file) => file.split('/').slice(0, -1));
  const [first, ...others] = folders;
  if (!first) return '';
  const different = first.findIndex((part, depth) => others.some((folder) => folder[depth] !== part));
  const common = different < 0 ? first : first.slice(0, different);
  const holdsHomes = common.length <= 1 || (common.length === 2 && /^(?:home|Users)$/i.test(common[1] ?? ''));
  return holdsHomes ? '' : `${common.join('/')}/`;
}

function profiledFiles(gathered: LoadedRun['gathered']): readonly string[] {
  return Object.values(gathered).flatMap(({ profile }) =>
    profile.status === 'missing'
      ? []
      : profile.value.flows.flatMap((flow) =>
          flow.profile.frames.filter(({ kind }) => kind === 'user').map(({ file }) => file),
        ),
  );
}

function evidenceFiles({ variants }: LoadedRun['run']): readonly string[] {
  const outcomes = Object.values(variants).flatMap((variant) => Object.values(variant.outcomes));
  const findings = outcomes.flatMap((outcome) => [
    ...(outcome.status === 'fail' ? outcome.findings : []),
    ...(outcome.status === 'fail' || outcome.status === 'pass' ? (outcome.near ?? []) : []),
  ]);
  return findings
    .flatMap(({ evidence }) => evidence)
    .flatMap((entry) => {
      if (entry.kind === 'frames') return entry.rows.map(({ frame }) => frame.file);
      return entry.kind === 'statement' && entry.place ? [entry.place.file] : [];
    });
}
