/** One line each. */
export function bullets(lines) {
  return lines.map((line) => `- ${line}`).join('\n');
}

/** Padded, so that it reads well on a terminal too. */
export function table(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, 3, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
