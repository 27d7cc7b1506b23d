import type { LoadedRun } from '../../model/run.ts';
import type { TextPlace } from './map-texts.ts';
import type { createPlaceholders } from './placeholders.ts';

/** A url with what may lead to a machine: user, password, host, port. The path of a database's url is its name. */
const url =
  /\b([a-z][a-z\d+.-]*):\/\/(?:[^\s/?#@"'<>]*@)?(\[[\da-f:.]+\]|[^\s/?#:@"'`<>(),;]+)(:\d+)?([^\s"'`<>(),;]*)/gi;
const databaseScheme = /^(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|rediss|mssql|jdbc)$/i;

const ipv4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)/g;
/** In full, or with the gap that a time of day and a cast of SQL do not have. */
const ipv6 =
  /(?<![\w:.])(?:(?:[\da-f]{1,4}:){7}[\da-f]{1,4}|(?=[\da-f:]*\d)[\da-f]{1,4}(?::[\da-f]{1,4}){0,6}::(?:[\da-f]{1,4}(?::[\da-f]{1,4}){0,6})?)(?![\w:])/gi;

const topLevel =
  'com|net|org|edu|gov|io|co|dev|cloud|app|tech|info|biz|ai|internal|intranet|local|localdomain|lan|corp|home|private|example|test|invalid|arpa|eu|de|uk|us|fr|nl|ch|at|it|es|se|no|dk|fi|pl|cz|be|ca|au|jp|cn|in|br|ru|me|tv';
/** A name below a domain that exists; `server.js` and `schema.table` are none. */
const domainName = new RegExp(
  `(?<![\\w./-])(?:[a-z\\d](?:[a-z\\d-]*[a-z\\d])?\\.)+(?:${topLevel})(?![\\w-]|\\.\\w|\\()`,
  'gi',
);
/** A machine's name has no dots where the network completes it: it is known by what stands beside it. */
const machineName =
  /((?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|EHOSTUNREACH|--allow-host|\bhost(?:name)?|\bserver at|\bdatabase at)[ =:]+"?)([a-z\d](?:[\w-]*\w)?)/gi;
const machineAndPort = /(?<![\w./:-])([a-z](?:[\w-]*\w)?)(?=:\d{2,5}\b(?!:))/gi;
const databaseName = /(\bdatabase "?)((?<=")[^"]+(?=")|(?<= )[\w-]+(?= does not exist))/gi;

const isLoopback = (host: string) => /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?|0\.0\.0\.0)$/i.test(host);

/**
 * A function that puts `host-1` in the place of hosts, machines and addresses, and `database-1` in that of databases.
 *
 * This machine's own names (`localhost`, `127.0.0.1`) tell nothing and stay. Urls keep their paths without the query.
 */
export function hostRedaction(
  { gathered }: LoadedRun,
  placeholder: ReturnType<typeof createPlaceholders>,
): (text: string, place: TextPlace) => string {
  const host = (name: string) =>
    isLoopback(name) ? name : placeholder('host', name.toLowerCase().replace(/^\[|\]$/g, ''));
  const databases = Object.values(gathered).flatMap(({ plans }) =>
    plans.status === 'gathered' ? [plans.value.server.database] : [],
  );
  return (text, [key, parent]) => {
    if (key === 'database' && parent === 'server') return placeholder('database', text);
    // A path of a file is no host, whatever it is called.
    if (key === 'file' && !text.includes('://')) return text;
    return text
      .replace(url, (whole, scheme: string, name: string, port = '', path = '') => {
        if (/^(?:file|node)$/i.test(scheme)) return whole;
        const kept = databaseScheme.test(scheme) ? '' : path.replace(/[?#].*$/s, '');
        return `${scheme}://${host(name)}${port}${kept}`;
      })
      .replace(databaseName, (_, before: string, name: string) => before + placeholder('database', name))
      .replace(ipv4, host)
      .replace(ipv6, host)
      .replace(domainName, host)
      .replace(machineName, (_, before: string, name: string) => before + (isPlaceholder(name) ? name : host(name)))
      .replace(machineAndPort, (name) => (isPlaceholder(name) ? name : host(name)))
      .replace(/"([^"]+)"/g, (whole, name: string) =>
        databases.includes(name) && key !== 'sql' ? `"${placeholder('database', name)}"` : whole,
      );
  };
}

const isPlaceholder = (name: string) => /^(?:host|database)-\d+$/.test(name);
