import type { LogEntry } from './log-entry.ts';

// The server writes its log in the language of `lc_messages`. These are the words of PostgreSQL's own catalogues
// (src/backend/po/{de,fr,es,it,sv,ru}.po), English first.

type RecordField = LogEntry['field'];

const fieldWords: Readonly<Record<RecordField, readonly string[]>> = {
  log: ['LOG', 'LOGG', 'СООБЩЕНИЕ'],
  error: [
    ...['ERROR', 'FATAL', 'PANIC', 'FEHLER', 'PANIK', 'ERREUR', 'ERRORE', 'FATALE', 'PANICO', 'FEL', 'FATALT'],
    ...['ОШИБКА', 'ВАЖНО', 'ПАНИКА'],
  ],
  detail: ['DETAIL', 'DÉTAIL', 'DETALLE', 'DETTAGLI', 'DETALJ', 'ПОДРОБНОСТИ'],
  context: ['CONTEXT', 'ZUSAMMENHANG', 'CONTEXTE', 'CONTEXTO', 'CONTESTO', 'KONTEXT', 'КОНТЕКСТ'],
  statement: ['STATEMENT', 'ANWEISUNG', 'INSTRUCTION', 'SENTENCIA', 'ISTRUZIONE', 'SATS', 'ОПЕРАТОР'],
  other: [
    ...['WARNING', 'NOTICE', 'INFO', 'DEBUG', 'DEBUG1', 'DEBUG2', 'DEBUG3', 'DEBUG4', 'DEBUG5'],
    ...['HINT', 'QUERY', 'LOCATION', 'BACKTRACE'],
    ...['WARNUNG', 'HINWEIS', 'TIPP', 'ANFRAGE', 'ORT'],
    ...['ATTENTION', 'ASTUCE', 'REQUÊTE', 'EMPLACEMENT'],
    ...['CONSULTA', 'UBICACIÓN'],
    ...['ATTENZIONE', 'NOTIFICA', 'SUGGERIMENTO', 'POSIZIONE'],
    ...['VARNING', 'NOTIS', 'TIPS', 'FRÅGA', 'PLATS'],
    ...['ПРЕДУПРЕЖДЕНИЕ', 'ЗАМЕЧАНИЕ', 'ИНФОРМАЦИЯ', 'ОТЛАДКА', 'ПОДСКАЗКА', 'ЗАПРОС', 'ПОЛОЖЕНИЕ'],
  ],
};

/** Words that begin a new record; the rest of `other` continues one. */
const startingOthers = new Set([
  ...['WARNING', 'NOTICE', 'INFO', 'DEBUG', 'DEBUG1', 'DEBUG2', 'DEBUG3', 'DEBUG4', 'DEBUG5'],
  ...['WARNUNG', 'HINWEIS', 'ATTENTION', 'ATTENZIONE', 'NOTIFICA', 'VARNING', 'NOTIS'],
  ...['ПРЕДУПРЕЖДЕНИЕ', 'ЗАМЕЧАНИЕ', 'ИНФОРМАЦИЯ', 'ОТЛАДКА'],
]);

const fieldByWord = new Map<string, RecordField>(
  Object.entries(fieldWords).flatMap(([field, words]) => words.map((word) => [word, field as RecordField] as const)),
);

/** Whether `word` can stand before the text of a field, in any language of the server. */
export function isFieldWord(word: string): boolean {
  return fieldByWord.has(word);
}

/**
 * What the word before a text (`LOG`, `FEHLER`, `INSTRUCTION`) says about it.
 *
 * `skip` is a field of a record in which no statement is found: a hint, an internal query, a place in the source.
 */
export function fieldOfWord(word: string): RecordField | 'skip' | undefined {
  const field = fieldByWord.get(word);
  return field === 'other' && !startingOthers.has(word) ? 'skip' : field;
}

/** Words for the parts of the extended protocol, longest first where one begins another. */
export const messageWords = {
  statement: ['statement', 'Anweisung', 'instruction', 'sentencia', 'istruzione', 'sats', 'оператор'],
  fetch: [
    ...['execute fetch from', 'Ausführen Fetch von', 'exécute fetch à partir de', 'ejecutar fetch desde'],
    ...['esecuzione di fetch da', 'kör hämtning från', 'выборка из'],
  ],
  execute: ['execute', 'Ausführen', 'exécute', 'ejecutar', 'esecuzione di', 'kör', 'выполнение'],
  parse: ['parse', 'Parsen', 'analyse', 'analisi di', 'разбор'],
  bind: ['bind', 'Binden', 'lien', 'сообщение Bind'],
} as const;

/** Units of a duration: milliseconds in every language. */
export const millisecondWords = ['ms', 'мс'] as const;
