import type { FlowProfile, Frame, ProfileArtifact, StackProfile } from '../model/profile.ts';

const service = '/srv/orders/fixtures/apps/orders/server.js';

/** Frames of the sample service, by the letters with which the stacks below name them. */
const frames: Readonly<Record<string, Frame>> = {
  tick: { name: 'processTicksAndRejections', file: 'node:internal/process/task_queues', line: 72, kind: 'runtime' },
  handle: { name: 'handle', file: '/srv/orders/node_modules/router/index.js', line: 178, kind: 'dependency' },
  orders: { name: 'listOrders', file: service, line: 48, kind: 'user' },
  customer: { name: 'loadCustomer', file: service, line: 39, kind: 'user' },
  customers: { name: 'loadCustomers', file: service, line: 60, kind: 'user' },
  query: { name: 'query', file: '/srv/orders/node_modules/pg/lib/client.js', line: 526, kind: 'dependency' },
  parse: { name: 'parse', file: '/srv/orders/node_modules/pg-protocol/dist/parser.js', line: 76, kind: 'dependency' },
  report: { name: 'report', file: service, line: 88, kind: 'user' },
  totals: { name: 'totalsByRegion', file: service, line: 96, kind: 'user' },
  clone: { name: 'deepClone', file: service, line: 120, kind: 'user' },
  json: { name: 'parse', file: '', kind: 'runtime' },
  stringify: { name: 'stringify', file: '', kind: 'runtime' },
  sessions: { name: 'activeSessions', file: service, line: 71, kind: 'user' },
  one: { name: 'customer', file: service, line: 110, kind: 'user' },
  write: { name: 'writev', file: 'node:internal/stream_base_commons', line: 46, kind: 'runtime' },
  gc: { name: '(garbage collector)', file: '', kind: 'gc' },
};

/** Builds a profile out of folded stacks: names with `;` between them, root first, and µs of self time. */
export function foldedProfile(stacks: Readonly<Record<string, number>>): StackProfile {
  const list: Frame[] = [];
  const parent: number[] = [];
  const frame: number[] = [];
  const selfUs: number[] = [];
  const nodes = new Map<string, number>();
  for (const [stack, us] of Object.entries(stacks)) {
    let path = '';
    let at = -1;
    for (const name of stack.split(';')) {
      path += `;${name}`;
      const known = nodes.get(path);
      if (known !== undefined) {
        at = known;
        continue;
      }
      const named = frames[name] ?? { name, file: '', kind: 'user' as const };
      if (!list.includes(named)) list.push(named);
      frame.push(list.indexOf(named));
      parent.push(at);
      selfUs.push(0);
      at = frame.length - 1;
      nodes.set(path, at);
    }
    selfUs[at] = (selfUs[at] ?? 0) + us;
  }
  return { frames: list, parent, frame, selfUs, totalUs: selfUs.reduce((sum, us) => sum + us, 0) };
}

const flow = (
  name: string,
  endpoint: string,
  requests: number,
  stacks: Readonly<Record<string, number>>,
): FlowProfile => ({
  flow: name,
  endpoints: [endpoint],
  requests,
  windowMs: 5000,
  samplingUs: 1000,
  profile: foldedProfile(stacks),
});

/** The profile pass of the sample run; `side` is 0 for before and 1 for after. */
export function sampleProfile(side: 0 | 1): ProfileArtifact {
  const orders: Readonly<Record<string, number>> =
    side === 0
      ? {
          'tick;handle;orders': 92_000,
          'tick;handle;orders;customer': 240_000,
          'tick;handle;orders;customer;query': 1_310_000,
          'tick;handle;orders;customer;query;write': 870_000,
          'tick;parse': 960_000,
          'tick;parse;json': 120_000,
          'tick;handle;orders;stringify': 88_000,
          gc: 310_000,
        }
      : {
          'tick;handle;orders': 310_000,
          'tick;handle;orders;customers': 180_000,
          'tick;handle;orders;customers;query': 240_000,
          'tick;handle;orders;customers;query;write': 190_000,
          'tick;parse': 1_420_000,
          'tick;handle;orders;stringify': 640_000,
          gc: 280_000,
        };
  return {
    runtime: 'node',
    flows: [
      flow('list orders', 'GET /orders', side === 0 ? 190 : 1105, orders),
      flow('active sessions', 'GET /users/:userId/sessions/active', 156, {
        'tick;handle;sessions': 11_000,
        'tick;handle;sessions;query': 34_000,
        'tick;parse': 21_000,
        'tick;handle;sessions;query;write': 18_000,
      }),
      flow('report', 'GET /report', 124, {
        'tick;handle;report': 42_000,
        'tick;handle;report;clone': 820_000,
        'tick;handle;report;clone;clone': 1_390_000,
        'tick;handle;report;clone;clone;json': 380_000,
        'tick;handle;report;totals': 960_000,
        'tick;handle;report;stringify': 720_000,
        gc: 430_000,
      }),
      flow('customer', 'GET /customers/:customerId', 2075, {
        'tick;handle;one': 210_000,
        'tick;handle;one;query': 540_000,
        'tick;handle;one;query;write': 480_000,
        'tick;parse': 390_000,
        'tick;handle;one;stringify': 120_000,
        gc: 60_000,
      }),
    ],
  };
}
