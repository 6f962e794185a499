// Numbers, times and ages as text. Times are UTC everywhere.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 12 });
const two = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const NONE = "–";
const missing = (x) => x === null || x === undefined || Number.isNaN(x);
const tiny = (x) => x !== 0 && Math.abs(x) < 1e-4;

export const count = (n) => whole.format(n);
export const score = (x) => (missing(x) ? NONE : two.format(x));

/** A measured value, to six significant digits. */
export function value(x) {
  if (missing(x)) return NONE;
  if (tiny(x) || Math.abs(x) >= 1e9) return x.toExponential(4);
  return plain.format(x);
}

/** A number on an axis, short enough for the gutter. */
export function tick(x) {
  if (tiny(x)) return x.toExponential(1);
  return Math.abs(x) >= 1e5 ? compact.format(x) : exact.format(x);
}

export const between = (low, high) =>
  missing(low) || missing(high) ? NONE : `${value(low)} to ${value(high)}`;

/** "2026-11-21 03:21:55", with milliseconds where there are any. */
export function time(seconds) {
  const text = new Date(Math.round(seconds * 1e3)).toISOString();
  const fraction = text.slice(19, 23);
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction === ".000" ? "" : fraction}`;
}

/** "3 s ago", or the date where that is clearer. */
export function age(iso, now) {
  if (!iso) return NONE;
  const at = Date.parse(iso);
  const seconds = Math.round((now - at) / 1e3);
  if (Number.isNaN(seconds)) return NONE;
  if (seconds < -5 || seconds >= 172_800) return new Date(at).toISOString().slice(0, 10);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

/** "a, b and 3 more". */
export function names(ids, most = 2) {
  if (ids.length > most + 1) return `${ids.slice(0, most).join(", ")} and ${ids.length - most} more`;
  if (ids.length < 2) return ids.join("");
  return `${ids.slice(0, -1).join(", ")} and ${ids.at(-1)}`;
}
