import type { Audit } from '../model/audit.ts';
import { cpuHotspot } from './cpu-hotspot.ts';
import { duplicateQuery } from './duplicate-query.ts';
import { inefficientPlan } from './inefficient-plan.ts';
import { missingIndex } from './missing-index.ts';
import { missingRetryAfter } from './missing-retry-after.ts';
import { nPlusOne } from './n-plus-one.ts';
import { noBackpressure } from './no-backpressure.ts';
import { unusedIndex } from './unused-index.ts';

/** Every audit, in the order in which reports list what passed; `npm run new-audit` adds to it. */
export const catalogue: readonly Audit[] = [
  nPlusOne,
  duplicateQuery,
  missingIndex,
  inefficientPlan,
  unusedIndex,
  cpuHotspot,
  noBackpressure,
  missingRetryAfter,
];
