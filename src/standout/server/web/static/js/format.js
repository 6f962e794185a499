// Numbers, times and ages as text. Times are UTC everywhere.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 12 });
const two = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const NONE = "–";
const WORDS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
const missing = (x) => x === null || x === undefined || Number.isNaN(x);
const tiny = (x) => x !== 0 && Math.abs(x) < 1e-4;
const huge = (x) => Math.abs(x) >= 1e9;

export const count = (n) => whole.format(n);
export const score = (x) => (missing(x) ? NONE : two.format(x));

/** "Three streams": small counts as words, for sentences. */
export const counted = (n, one, many = `${one}s`) => `${WORDS[n] ?? whole.format(n)} ${n === 1 ? one : many}`;

/** A minus sign as wide as a digit, in place of a hyphen. */
const minus = (text) => text.replace(/^-/, "\u2212");

/** A measured value, to six significant digits. */
export function value(x) {
  if (missing(x)) return NONE;
  return minus(tiny(x) || huge(x) ? x.toExponential(4) : plain.format(x));
}

/** A measured value where there is little room: four significant digits. */
export function brief(x) {
  if (missing(x)) return NONE;
  if (tiny(x) || huge(x)) return minus(x.toExponential(2));
  return minus(Math.abs(x) >= 1e4 ? whole.format(x) : short.format(x));
}

export const withUnit = (text, unit) => (unit && text !== NONE ? `${text} ${unit}` : text);

/** A number on an axis, short enough for the gutter. */
export function tick(x) {
  if (tiny(x)) return minus(x.toExponential(1));
  return minus(Math.abs(x) >= 1e5 ? compact.format(x) : exact.format(x));
}

export const between = (low, high, as = value) =>
  missing(low) || missing(high) ? NONE : `${as(low)} to ${as(high)}`;

const text = (seconds) => new Date(Math.round(seconds * 1e3)).toISOString();

/** "2026-11-21 03:21:55", with milliseconds where there are any. */
export function time(seconds) {
  const full = text(seconds);
  const fraction = full.slice(19, 23);
  return `${full.slice(0, 10)} ${full.slice(11, 19)}${fraction === ".000" ? "" : fraction}`;
}

/** "0.4 s", "48 s", "18 min", "3 h 20 min", "2 d 4 h". */
export function duration(seconds) {
  if (seconds < 1) return seconds < 0.001 ? "a moment" : `${short.format(Number(seconds.toPrecision(2)))} s`;
  if (seconds < 90 && seconds !== 60) return `${Math.round(seconds)} s`;
  if (seconds < 5_400 && seconds !== 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return pair(seconds, 3_600, "h", 60, "min");
  if (seconds < 63_072_000) return pair(seconds, 86_400, "d", 3_600, "h");
  return `${short.format(seconds / 31_557_600)} years`;
}

function pair(seconds, unit, name, smaller, smallerName) {
  const parts = Math.round(seconds / smaller);
  const per = unit / smaller;
  const rest = parts % per;
  const large = `${Math.floor(parts / per)} ${name}`;
  return rest === 0 || parts / per >= 10 ? large : `${large} ${rest} ${smallerName}`;
}

/** "18 minutes" for sentences. */
export function spoken(seconds) {
  for (const [unit, name] of [[86_400, "day"], [3_600, "hour"], [60, "minute"]]) {
    const n = Math.round(seconds / unit);
    if (seconds >= unit * (unit === 86_400 ? 1.9 : 0.95)) return `${whole.format(n)} ${name}${n === 1 ? "" : "s"}`;
  }
  const n = Math.max(1, Math.round(seconds));
  return `${n} second${n === 1 ? "" : "s"}`;
}

/** "one point per second", "12 points per minute", from the seconds between two. */
export function rate(step) {
  if (!step) return "";
  const near = [[1, "second"], [60, "minute"], [3_600, "hour"], [86_400, "day"]];
  for (const [unit, name] of near) if (Math.abs(step / unit - 1) < 0.05) return `one point per ${name}`;
  if (step < 1) return `${short.format(Number((1 / step).toPrecision(3)))} points per second`;
  return `one point every ${duration(step)}`;
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

const VOTERS = {
  zscore: "Z-score",
  iqr: "IQR",
  ewma: "EWMA",
  moving_average: "Moving average",
  isolation_forest: "Isolation forest",
};

/** A detector's name for people. */
export const detector = (name) =>
  VOTERS[name] ?? (name === "vote" ? "Vote of five" : name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " "));
