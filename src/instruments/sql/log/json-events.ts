import { StringDecoder } from 'node:string_decoder';
import type { LineEnd } from './log-entry.ts';

/** Where the events of a JSON document lie: in the list of its `events`, in its own list, or one object after the other. */
export type JsonEventPlace = 'events' | 'list' | 'lines';

const depthOfEvents: Readonly<Record<JsonEventPlace, number>> = { events: 2, list: 1, lines: 0 };

/** Characters of one event that are kept; CloudWatch and Cloud Logging allow 256 KB. */
const maxEventLength = 4 * 1024 * 1024;

/** Reads the texts of the events in a document. */
interface JsonEventReader {
  add(chunk: Buffer): void;
  end(): void;
}

/**
 * Reads what CloudWatch (`aws logs filter-log-events`, `get-log-events`) and Cloud Logging (`gcloud logging read`, a
 * sink's files) give, event by event, so that a document of any size is read in bounded memory.
 *
 * @param emit - takes each line of an event's text
 * @param damaged - is called for an event that cannot be read or that is too large
 */
export function createJsonEventReader(
  place: JsonEventPlace,
  emit: (text: string, end: LineEnd) => void,
  damaged: () => void,
): JsonEventReader {
  const decoder = new StringDecoder('utf8');
  const eventDepth = depthOfEvents[place];
  let depth = 0;
  let inString = false;
  let escaped = false;
  let event = '';
  let inEvent = false;

  const finish = (text: string) => {
    const lines = text.length > maxEventLength ? undefined : linesOfEvent(text);
    if (!lines) damaged();
    for (const line of lines ?? []) emit(line, 'whole');
  };

  const addText = (text: string) => {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (inString) {
        if (escaped) escaped = false;
        else if (unit === 0x5c) escaped = true;
        else if (unit === 0x22) inString = false;
      } else if (unit === 0x22) inString = true;
      else if (unit === 0x7b || unit === 0x5b) {
        if (depth === eventDepth && unit === 0x7b) {
          inEvent = true;
          event = '';
          start = at;
        }
        depth++;
      } else if (unit === 0x7d || unit === 0x5d) {
        depth = Math.max(0, depth - 1);
        if (inEvent && depth === eventDepth) {
          finish(event + text.slice(start, at + 1));
          inEvent = false;
        }
      }
    }
    if (inEvent && event.length <= maxEventLength) event += text.slice(start);
  };

  return {
    add: (chunk) => addText(decoder.write(chunk)),
    end() {
      addText(decoder.end());
      if (inEvent) damaged();
    },
  };
}

/** The lines of the text that an event carries; none for events of other kinds. */
function linesOfEvent(json: string): readonly string[] | undefined {
  try {
    const event = JSON.parse(json) as Readonly<Record<string, unknown>>;
    const payload = event.jsonPayload as Readonly<Record<string, unknown>> | undefined;
    const text = event.message ?? event.textPayload ?? payload?.message;
    return typeof text === 'string' ? text.replace(/\r?\n$/, '').split('\n') : [];
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
