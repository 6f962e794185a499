// Words for an anomaly: what it looks like, how long it went on, who was sure.

import * as format from "./format.js";

const SHORT = 3;

/** "Rising drift, still going on": what the flagged values did. */
export function shape(one) {
  const going = one.ongoing ? ", still going on" : "";
  return `${look(one)}${going}`;
}

function look(one) {
  const { value, lower, upper, expected, count, min, max, first, last } = one;
  const side = upper !== null && value > upper ? "above" : lower !== null && value < lower ? "below" : null;
  const centre = expected ?? (lower !== null && upper !== null ? (lower + upper) / 2 : null);
  const away = side ?? (centre === null ? null : value >= centre ? "high in" : "low in");
  const where = away === null ? "" : ` ${away} the expected range`;
  if (count === 1) return `Single point${where}`;
  if (min === max) return "Stuck value, no movement";
  if (count <= SHORT) return `Short spike${where}`;
  const width = upper !== null && lower !== null ? upper - lower : max - min;
  if (side === "above" && last - first > width * 0.6) return "Rising drift";
  if (side === "below" && first - last > width * 0.6) return "Falling drift";
  if (max - min > width * 1.6 && side !== null) return "Wide swings";
  if (side === null) return `Unusual movement${where.replace(" high in", " in").replace(" low in", " in")}`;
  return side === "above" ? "Level above the expected range" : "Level below the expected range";
}

/** Seconds from the first flagged observation to the last. */
export const lasted = (one) => (one.to_us - 1 - one.from_us) / 1e6;

/** "03:21:55 to now, 18 min", or only the moment of a single one. */
export function when(one, { end = "now", dated = false } = {}) {
  const clock = (us, date) => format.time(Math.floor(us / 1e6)).slice(date ? 0 : 11);
  const [from, to] = [clock(one.from_us, true), clock(one.to_us - 1, true)];
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  if (one.count === 1 && !one.ongoing) return dated ? from : clock(one.from_us, false);
  const last = one.ongoing ? end : clock(one.to_us - 1, !sameDay);
  const length = one.count === 1 ? "" : `, ${format.duration(lasted(one))}`;
  return `${clock(one.from_us, dated || !sameDay)} to ${last}${length}`;
}

/** Voters that voted at the peak, of how many. */
export function agreed(one) {
  const all = Object.values(one.votes_at_peak);
  return [all.filter(Boolean).length, all.length];
}

/** How far the peak lies beyond what was expected: 0 inside. */
export function beyond({ value, lower, upper }) {
  if (lower === null || upper === null) return null;
  return value > upper ? value - upper : value < lower ? value - lower : 0;
}
