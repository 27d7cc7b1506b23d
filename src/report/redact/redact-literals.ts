import type { LoadedRun } from '../../model/run.ts';
import { withoutLiterals } from '../literal-mask.ts';
import { knownValues } from './known-values.ts';
import type { TextPlace } from './map-texts.ts';
import type { createPlaceholders } from './placeholders.ts';

const isSql = ([key, ...parents]: TextPlace) =>
  ['sql', 'example', 'normalized', 'ddl', 'conditions'].includes(key ?? '') || (key === 'text' && parents[0] === 'sql');

/** A quoted word of prose; an apostrophe within a word opens nothing. */
const singleQuoted = /(?<![\p{L}\p{N}_])'(?:[^']|'')*'(?![\p{L}\p{N}_])/gu;
const doubleQuoted = /"([^"]*)"/g;
/** A condition in prose: `id = 4711`; of a probability or a figure with its unit it is not the end. */
const comparedNumber = /(?<![\d\s.]\s|\bp |\bn )((?:=|<>|!=)\s*)-?\d+(?:\.\d+)?(?![\d.]|\s*(?:%|µs|ms|s\b|[kM]?B\b))/g;
/** Its limit is a figure. */
const gateRule = /^[a-z]+\d*(?: of [^=<>]+)? [<>]=? [-+\d.]+\S*$/;
const uniqueKey = /(\bKey \([^)]*\)=\()[^)]*(\))/g;
const word = /[\p{L}\p{N}_@+][\p{L}\p{N}_@.+-]*/gu;

/**
 * A function that takes the service's data out of texts: literals of SQL become `?`, and values that were seen in the
 * trace `value-1`, wherever they stand. Figures, and the names of tables, columns and endpoints stay.
 */
export function literalRedaction(
  loaded: LoadedRun,
  placeholder: ReturnType<typeof createPlaceholders>,
): (text: string, place: TextPlace) => string {
  const { values, names } = knownValues(loaded);
  const phrases = [...values].filter((value) => value.replace(word, '') !== '').sort((a, b) => b.length - a.length);
  const withoutValues = (text: string) => {
    let shown = text;
    for (const phrase of phrases) {
      if (shown.includes(phrase)) shown = shown.replaceAll(phrase, placeholder('value', phrase));
    }
    return shown
      .replace(word, (token) => {
        const bare = token.replace(/[.+-]+$/, '');
        return values.has(bare) ? placeholder('value', bare) + token.slice(bare.length) : token;
      })
      .replace(uniqueKey, '$1?$2')
      .replace(singleQuoted, "'?'")
      .replace(doubleQuoted, (whole, content: string) => (isName(content, names) ? whole : '"?"'));
  };
  const masked = (text: string) => {
    const shown = withoutValues(text);
    return gateRule.test(text) ? shown : shown.replace(comparedNumber, '$1?');
  };
  return (text, place) => {
    const [key, parent] = place;
    if (key === 'name' && parent === 'endpoints') return text;
    switch (key) {
      case 'parameters':
      case 'literals':
        return placeholder('value', text);
      case 'url':
        return `/${placeholder('url', text)}`;
      case 'endpoint':
      case 'endpoints':
      case 'tables':
      case 'file':
        return text;
      default:
        return isSql(place) ? withoutLiterals(text) : masked(text);
    }
  };
}

/** Texts in double quotes are names of the database or of the scenario, or what a service answered. */
function isName(text: string, names: ReadonlySet<string>): boolean {
  const parts = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  return parts.every((part) => names.has(part) || /^(?:value|host|database)$/.test(part) || /^\d{1,3}$/.test(part));
}
