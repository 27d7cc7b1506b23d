/** States by key, of which only those in recent use are kept. */
interface RecentMap<V> {
  /** The state of `key`, new where there is none; another may be given up for it. */
  get(key: string): V;
  /** Gives up the state that was not asked for longest, unless it is the only one. */
  giveUpOldest(): void;
  values(): Iterable<V>;
  readonly size: number;
  /** States that were given up. */
  readonly givenUp: number;
}

/** Given up at once, so that looking for the oldest costs little in the long run. */
const shareGivenUp = 1 / 8;

/** An empty map of at most `max` states. @param giveUp - takes leave of a state */
export function createRecentMap<V>(max: number, open: (key: string) => V, giveUp: (state: V) => void): RecentMap<V> {
  const states = new Map<string, { readonly key: string; readonly state: V; usedAt: number }>();
  let uses = 0;
  let givenUp = 0;

  const giveUpThe = (count: number) => {
    const oldest = [...states.values()].sort((a, b) => a.usedAt - b.usedAt).slice(0, count);
    for (const { key, state } of oldest) {
      states.delete(key);
      givenUp++;
      giveUp(state);
    }
  };

  return {
    get(key) {
      let entry = states.get(key);
      if (!entry) {
        if (states.size === max) giveUpThe(Math.ceil(max * shareGivenUp));
        entry = { key, state: open(key), usedAt: 0 };
        states.set(key, entry);
      }
      entry.usedAt = ++uses;
      return entry.state;
    },
    giveUpOldest() {
      if (states.size > 1) giveUpThe(1);
    },
    *values() {
      for (const { state } of states.values()) yield state;
    },
    get size() {
      return states.size;
    },
    get givenUp() {
      return givenUp;
    },
  };
}
