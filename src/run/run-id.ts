/** The name of a run's folder: sorts by time, is legal on every file system, and says which scenario it was. */
export function runId(startedAt: Date, scenario: string): string {
  const time = startedAt.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return `${time}-${nameInFiles(scenario)}`;
}

/** The name of a scenario as a part of file names: legal on every file system. */
export function nameInFiles(scenario: string): string {
  return (
    scenario
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '')
      .slice(0, 60) || 'scenario'
  );
}
