import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where settings of servers are noted before they are changed: one place, so that any later start finds them. */
export function settingJournal(): string {
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, 'chokepoint', 'changed-settings');
}
