/** A table as the catalogue and the statistics of the server have it. */
export interface TableState {
  /** With its schema, unless the search path finds it. */
  readonly table: string;
  readonly estimatedRows: number;
  /** ISO 8601; left out where it was never analysed, or when is not known. */
  readonly analyzedAt?: string;
  /** Rows that were changed since then. */
  readonly changedRows: number;
  /** Since when uses are counted (ISO 8601); left out where they were never reset. */
  readonly countedSince?: string;
  readonly indexes: readonly IndexState[];
  /** Foreign keys of other tables to this one whose columns no index begins with. */
  readonly unindexedReferences: readonly ForeignKey[];
}

export interface IndexState {
  readonly name: string;
  /** The statement that makes it. */
  readonly definition: string;
  /** Key columns in order, `null` for an expression. */
  readonly columns: readonly (string | null)[];
  /** What it guards, or whom it serves besides queries: such an index stays, used or not. */
  readonly keptFor?: 'uniqueness' | 'constraint' | 'foreign key' | 'replication' | 'partitions';
  readonly sizeBytes: number;
  readonly scans: number;
  /** Another index that finds all that this one finds. */
  readonly coveredBy?: string;
  /** What writes to the table cost with and without it, where that was tried. */
  readonly writes?: WriteCost;
}

export interface ForeignKey {
  readonly name: string;
  /** The table that refers. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly estimatedRows: number;
  readonly ddl: string;
}

/** Time and write-ahead log of a thousand rows, without and with an index; page images after a checkpoint not counted. */
export interface WriteCost {
  readonly insert: WriteChange;
  /** Of updates that change the columns of the index; left out where their values cannot be exchanged. */
  readonly update?: WriteChange;
}

export interface WriteChange {
  readonly withoutMs: number;
  readonly withMs: number;
  readonly withoutWalBytes: number;
  readonly withWalBytes: number;
}
