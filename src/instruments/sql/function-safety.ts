/**
 * Functions that act outside the transaction or on the whole server, and so are not undone by ROLLBACK nor refused
 * by READ ONLY: locks, signals, sleeps, files, large objects, sequences, settings, transaction ids, other servers,
 * and those that run a query given as text.
 *
 * Catalogue: https://www.postgresql.org/docs/current/functions-admin.html
 */
const denied: readonly RegExp[] = [
  /^pg_(?:try_)?advisory_/,
  /^pg_(?:notify|sleep.*|cancel_backend|terminate_backend|reload_conf|rotate_logfile.*|promote|log_.*|import_.*)$/,
  /^pg_(?:read_.*|ls_.*|stat_file|file_.*|current_logfile|hba_file_rules|ident_file_mappings)$/,
  /^pg_(?:stat_reset.*|stat_statements_reset.*|stat_clear_snapshot|stat_force_next_flush|stat_get_.*_reset)$/,
  /^pg_(?:switch_wal|create_restore_point|backup_.*|start_backup|stop_backup|wal_replay_.*|export_snapshot)$/,
  /^pg_(?:create_|drop_|copy_|sync_)?(?:physical_|logical_)?replication_.*$/,
  /^pg_(?:logical_.*|replication_.*|prewarm|buffercache_evict.*|extension_config_dump|(?:restore|clear)_.*_stats)$/,
  /^(?:nextval|setval|set_config|setseed)$/,
  /^(?:lo_.*|loread|lowrite|lo)$/,
  /^(?:txid_current|txid_current_if_assigned|pg_current_xact_id.*)$/,
  /^(?:query|table|schema|database|cursor)_to_xml/,
  /^(?:dblink.*|postgres_fdw_.*|http.*|ts_stat|ts_rewrite|xpath_table|crosstab.*|connectby)$/,
  /^(?:brin_summarize_.*|brin_desummarize_.*|gin_clean_pending_list|currtid.*|binary_upgrade_.*)$/,
];

/** Volatile by their results alone: they change nothing that outlives the call. */
const harmlessVolatile: readonly string[] = [
  'random',
  'random_normal',
  'clock_timestamp',
  'timeofday',
  'gen_random_uuid',
  'uuidv4',
  'uuidv7',
  'uuid_generate_v1',
  'uuid_generate_v1mc',
  'uuid_generate_v4',
  'gen_random_bytes',
  'currval',
  'lastval',
  'pg_relation_size',
  'pg_table_size',
  'pg_indexes_size',
  'pg_total_relation_size',
  'pg_database_size',
  'pg_tablespace_size',
];

/** On the deny-list or unknown in its effect, and undone with a copy of the database on which a transaction is rolled back. */
const endsWithCopy: readonly RegExp[] = [
  /^(?:nextval|setval|set_config|pg_notify|txid_current|txid_current_if_assigned|pg_current_xact_id.*)$/,
  /^(?:tsvector_update_trigger|tsvector_update_trigger_column|suppress_redundant_updates_trigger)$/,
  /^(?:moddatetime|autoinc|insert_username)$/,
];

/** Why one of these functions must not be called, by its name alone; `undefined` where none is on the deny-list. */
export function functionRefusal(names: readonly (readonly string[])[]): string | undefined {
  const name = names.map((parts) => parts.at(-1) ?? '').find(isDenied);
  return name && `it calls ${name}(), whose effect a ROLLBACK does not undo`;
}

/** Whether a volatile function of this name is known to change nothing, where the server or an extension brought it. */
export function isHarmless(name: string): boolean {
  return harmlessVolatile.includes(name);
}

/** Whether nothing of what a function of this name does outlives a copy, where the server or an extension brought it. */
export function endsWithItsCopy(name: string): boolean {
  return isHarmless(name) || endsWithCopy.some((pattern) => pattern.test(name));
}

/** Whether a function of this name is on the deny-list. */
export function isDenied(name: string): boolean {
  return denied.some((pattern) => pattern.test(name));
}
