import { stringify } from 'yaml';

/** More than a scenario is read with; and the loader refuses files of more than 256 KB. */
const maxRequests = 200;
const maxBytes = 190 * 1024;

/** Keeps a draft small enough to be loaded. */
export interface Budget {
  /** Why a part of the scenario, which holds so many `requests`, finds no room; `undefined` where it was counted in. */
  refuse(part: unknown, requests: 0 | 1): string | undefined;
}

export function createBudget(): Budget {
  let requestsLeft = maxRequests;
  let bytesLeft = maxBytes;
  return {
    refuse(part, requests) {
      if (requests > requestsLeft) return `a draft has at most ${maxRequests} requests`;
      const text = stringify([part], { lineWidth: 0, aliasDuplicateObjects: false });
      // Each line stands deeper in the scenario than it does here.
      const bytes = Buffer.byteLength(text) + 14 * text.split('\n').length;
      if (bytes > bytesLeft) return 'the scenario would be larger than 256 KB';
      requestsLeft -= requests;
      bytesLeft -= bytes;
      return undefined;
    },
  };
}
