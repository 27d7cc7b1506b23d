// The records that PostgreSQL 18 writes for an execution under log_min_duration_statement = 0, in its three formats.

const ms = (us) => (us / 1000).toFixed(3);
const parameterList = (values) =>
  `Parameters: ${values.map((value, index) => `$${index + 1} = '${value.replaceAll("'", "''")}'`).join(', ')}`;

/** The records of one execution: its steps in the extended protocol, or one in the simple one, or its failure. */
function recordsOf({ way, sql, values, durationUs, error }) {
  if (error) return [{ severity: 'ERROR', ...error, statement: sql }];
  if (way === 'simple') return [{ severity: 'LOG', text: `duration: ${ms(durationUs)} ms  statement: ${sql}` }];
  const name = way === 'named' ? 'find_by' : '<unnamed>';
  const step = (word, us, detail) => ({
    severity: 'LOG',
    text: `duration: ${ms(us)} ms  ${word} ${name}: ${sql}`,
    detail,
  });
  const list = parameterList(values);
  return [
    ...(way === 'named' ? [] : [step('parse', 15 + (durationUs % 7))]),
    step('bind', 20 + (durationUs % 11), list),
    step('execute', durationUs, list),
  ];
}

// `2026-03-14 09:26:53.589 UTC`
let lastSecond = -1;
let lastText = '';
function timeOf(at) {
  const second = Math.floor(at / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');
  }
  return `${lastText}.${String(at % 1000).padStart(3, '0')} UTC`;
}

const inCsv = (text) => (text === undefined ? '' : `"${text.replaceAll('"', '""')}"`);
const sessionId = (pid) => `69b52a00.${pid.toString(16)}`;

export const logLinePrefix = '%m [%p] %q%u@%d ';

/** Text of an execution in each format. */
export const formats = {
  stderr: (execution) => {
    const prefix = `${timeOf(execution.at)} [${execution.pid}] app@shop `;
    const line = (word, text) => `${prefix}${word}:  ${text.replaceAll('\n', '\n\t')}\n`;
    let out = '';
    for (const { severity, text, detail, statement } of recordsOf(execution)) {
      out += line(severity, text);
      if (detail !== undefined) out += line('DETAIL', detail);
      if (statement !== undefined) out += line('STATEMENT', statement);
    }
    return out;
  },
  csvlog: (execution) => {
    const { at, pid } = execution;
    let out = '';
    for (const { severity, state = '00000', text, detail, statement } of recordsOf(execution)) {
      out += `${timeOf(at)},"app","shop",${pid},"10.0.0.7:41234",${sessionId(pid)},1,"SELECT",2026-03-14 08:00:00 UTC,3/2,0,${severity},${state},${inCsv(text)},${inCsv(detail)},,,,,${inCsv(statement)},,,"web","client backend",,-6883023751393440299\n`;
    }
    return out;
  },
  jsonlog: (execution) => {
    const { at, pid } = execution;
    let out = '';
    for (const { severity, state, text, detail, statement } of recordsOf(execution)) {
      const record = {
        ...{ timestamp: timeOf(at), user: 'app', dbname: 'shop', pid, remote_host: '10.0.0.7', remote_port: 41234 },
        ...{ session_id: sessionId(pid), line_num: 1, ps: 'SELECT', session_start: '2026-03-14 08:00:00 UTC' },
        ...{ vxid: '3/2', txid: 0, error_severity: severity, state_code: state, message: text, detail, statement },
        ...{ application_name: 'web', backend_type: 'client backend', query_id: -6883023751393 },
      };
      out += `${JSON.stringify(record)}\n`;
    }
    return out;
  },
};
