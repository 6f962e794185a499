// Pasted text becomes values, with their times where a line has both.

export const MOST = 50_000;
const MISSING = new Set(["", "nan", "null", "na", "n/a", "none", "-"]);

function number(text) {
  const plain = text.trim();
  if (MISSING.has(plain.toLowerCase())) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Reads text. Gives `{ values, times, format }`, where `times` are texts or null, or throws an
 * `Error` that says what is wrong and where.
 */
export function readNumbers(text) {
  const trimmed = text.trim();
  if (trimmed === "") return { values: [], times: null, format: "" };
  if (trimmed.startsWith("[")) return fromJson(trimmed);
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  if (lines.length > 1 && lines.every((line) => !Number.isFinite(Number(line)))) {
    const pairs = asPairs(lines);
    if (pairs) return pairs;
  }
  const cells = trimmed.split(/[\s,;]+/).filter((cell) => cell !== "");
  return checked(cells.map(number), cells, null, "numbers");
}

function fromJson(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error("That begins like JSON, but is none.");
  }
  const values = found.map((one) => (one === null ? null : typeof one === "number" ? one : undefined));
  return checked(values, found, null, "JSON");
}

/** Lines of time and value, with or without a header; null where they are something else. */
function asPairs(lines) {
  const delimiter = [",", ";", "\t"].find((one) => lines.slice(0, 5).every((line) => line.includes(one)));
  if (!delimiter) return null;
  const rows = lines.map((line) => line.split(delimiter).map((cell) => cell.trim().replace(/^"|"$/g, "")));
  const isTime = (cell) => !Number.isNaN(Date.parse(cell)) || Number.isFinite(Number(cell));
  const body = isTime(rows[0][0]) && number(rows[0][1] ?? "") !== undefined ? rows : rows.slice(1);
  // A first column that is all numbers of two columns is a time only if it ascends.
  if (body.length === 0 || !body.every(([time]) => isTime(time))) return null;
  const stamps = body.map(([time]) => (Number.isFinite(Number(time)) ? Number(time) : Date.parse(time)));
  if (stamps.some((stamp, k) => k > 0 && stamp < stamps[k - 1]) && body[0].length !== 2) return null;
  const cells = body.map((row) => row[1] ?? "");
  return checked(cells.map(number), cells, body.map(([time]) => time), "times and values");
}

function checked(values, cells, times, format) {
  const wrong = values.indexOf(undefined);
  if (wrong >= 0) throw new Error(`Number ${wrong + 1} is none: ${JSON.stringify(cells[wrong]).slice(0, 60)}.`);
  if (values.length > MOST) throw new Error(`There are ${values.length.toLocaleString("en")} numbers; at most ${MOST.toLocaleString("en")} are scored here. Upload the file as a stream instead.`);
  return { values, times, format };
}
