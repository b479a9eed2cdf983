/** Results as tables for a terminal. */

const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** A ratio with its quartiles. */
const ratio = ({ q1, median, q3 }) => `${digits(median)} (${digits(q1)}-${digits(q3)})`;

const mark = (pass) => (pass ? "ok" : "MISSED");

function lines(header, rows) {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join("  ");
  return [line(header), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)];
}

/** The table of one workload. */
export function table({ id, title, rounds, cases, summary }) {
  const text = [`${id}: ${title} (${String(rounds)} rounds)`];
  for (const one of cases) {
    const stored = one.rows.some((row) => row.storedRatio !== undefined);
    const weighed = one.rows.some((row) => row.bytes !== undefined);
    const columns = [
      [one.id, (row) => (row.shrunk ? `${row.name} *` : row.name)],
      [`ns/${one.unit}`, (row) => digits(row.ns.median)],
      ["x floor (IQR)", (row) => ratio(row.ratio)],
      ...(stored ? [["x floor with a store", (row) => ratio(row.storedRatio)]] : []),
      ["bar", (row) => (row.bar === undefined ? "" : digits(row.bar))],
      ["", (row) => (row.bar === undefined ? "" : mark(row.pass))],
      ...(weighed
        ? [
            [`bytes/${one.unit}`, (row) => (row.bytes === undefined ? "" : row.bytes.median.toFixed(0))],
            ["bar", (row) => (row.bytesBar === undefined ? "" : String(row.bytesBar))],
            ["", (row) => (row.bytesBar === undefined ? "" : mark(row.bytesPass))],
          ]
        : []),
    ];
    const rows = [...one.rows].sort((a, b) => a.ns.median - b.ns.median);
    text.push(
      "",
      ...lines(
        columns.map(([name]) => name),
        rows.map((row) => columns.map(([, cell]) => cell(row))),
      ),
    );
    if (rows.some((row) => row.shrunk)) text.push("* with a smaller n");
  }
  if (summary.length > 0) text.push("");
  for (const { text: what, value, bar, pass } of summary) {
    text.push(`${what}: ${digits(value)}${bar === undefined ? "" : ` (bar ${String(bar)}) ${mark(pass)}`}`);
  }
  return `${text.join("\n")}\n`;
}
