import type { DuplicateGroup, NPlusOneCandidate, WriteLoop } from '../model/query-log.ts';

/** A loop of any sort, as a log tells of it. */
export type LogLoop = NPlusOneCandidate | DuplicateGroup | WriteLoop;
