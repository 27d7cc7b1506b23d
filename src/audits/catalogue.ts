import type { Audit } from '../model/audit.ts';
import { cacheStampede } from './cache-stampede.ts';
import { cacheableQuery } from './cacheable-query.ts';
import { connectionChurn } from './connection-churn.ts';
import { cpuHotspot } from './cpu-hotspot.ts';
import { duplicateQuery } from './duplicate-query.ts';
import { inefficientPlan } from './inefficient-plan.ts';
import { missingIndex } from './missing-index.ts';
import { missingRetryAfter } from './missing-retry-after.ts';
import { nPlusOne } from './n-plus-one.ts';
import { noBackpressure } from './no-backpressure.ts';
import { offsetPagination } from './offset-pagination.ts';
import { overFetching } from './over-fetching.ts';
import { poolExhausted } from './pool-exhausted.ts';
import { sequentialQueries } from './sequential-queries.ts';
import { unboundedResult } from './unbounded-result.ts';
import { unusedIndex } from './unused-index.ts';
import { writeLoop } from './write-loop.ts';

/** Every audit, in the order in which reports list what passed; `npm run new-audit` adds to it. */
export const catalogue: readonly Audit[] = [
  nPlusOne,
  duplicateQuery,
  writeLoop,
  sequentialQueries,
  missingIndex,
  inefficientPlan,
  unboundedResult,
  offsetPagination,
  overFetching,
  cacheableQuery,
  cacheStampede,
  connectionChurn,
  poolExhausted,
  unusedIndex,
  cpuHotspot,
  noBackpressure,
  missingRetryAfter,
];
