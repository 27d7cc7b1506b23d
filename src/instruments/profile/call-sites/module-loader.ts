/** Load hooks in the thread that Node keeps for them, up to Node 22. */
import type { LoadHook } from 'node:module';
import { withReport } from './module-hooks.ts';

export const load: LoadHook = async (url, context, next) => withReport(url, await next(url, context));
