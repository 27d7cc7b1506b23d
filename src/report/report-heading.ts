/** What whoever hands a report on writes above it. */
export interface ReportHeading {
  readonly client?: string;
  readonly title?: string;
}

/** `Checkout before the sale · Client Ltd`; nothing where nothing was given. */
export function headingText({ title, client }: ReportHeading): string | undefined {
  const parts = [title, client && `for ${client}`].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : undefined;
}
