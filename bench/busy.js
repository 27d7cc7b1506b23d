/** Takes so much CPU time, however long the machine lets it wait for it. */
export function keepBusy(cpuMs) {
  const from = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(from);
    if (user + system >= cpuMs * 1000) return;
  }
}
