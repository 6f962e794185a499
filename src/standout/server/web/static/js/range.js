// The stretch of time that all lanes show, in microseconds. A zoom is a view: nothing is scored.

const SHORTEST = 1_000;
const LADDER = [
  10, 30, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 3 * 86_400, 7 * 86_400, 30 * 86_400,
  90 * 86_400, 365 * 86_400, 5 * 365 * 86_400, 20 * 365 * 86_400,
];
const POINTS = [400, 1_500, 6_000]; // about as many observations do the offered spans hold

/** Spans in seconds to offer for a stream with a step in microseconds. */
export function offered(step) {
  const seconds = (step ?? 1e6) / 1e6;
  const found = POINTS.map((points) => LADDER.find((one) => one >= points * seconds * 0.9) ?? LADDER.at(-1));
  return [...new Set(found)];
}

/** The span in seconds that a stream opens with; null is all of one that is shorter. */
export function home(range, step) {
  const choices = offered(step);
  const span = choices[1] ?? choices[0];
  return range.newest - range.first < span * 1e6 ? null : span;
}

const NAMES = [[365 * 86_400, "y"], [86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

export function spanName(seconds) {
  const [unit, name] = NAMES.find(([one]) => seconds >= one && seconds % one === 0) ?? [1, "s"];
  return `${seconds / unit} ${name}`;
}

export class Range {
  constructor() {
    Object.assign(this, { following: true, span: null, from: 0, to: 1, first: NaN, newest: NaN });
  }

  /** Learns where the stream begins and ends now; moves along where it follows. */
  update(first, newest, step) {
    if (Number.isNaN(newest)) return;
    Object.assign(this, { first, newest });
    if (!this.following) return;
    this.to = this.#now(newest, step ?? 0);
    this.from = this.span === null ? Math.min(first, this.to - SHORTEST) : this.to - this.span;
  }

  /** Now, for a stream that tells of now and is late: what is missing shows. */
  #now(newest, step) {
    const late = Date.now() * 1e3 - newest;
    const isLate = late > 5 * step + 5e6 && late < Math.max(3.6e9, 50 * step);
    return (isLate ? Date.now() * 1e3 : newest) + Math.min(step, 1e6) / 2;
  }

  zoom(from, to) {
    this.following = false;
    const middle = (from + to) / 2;
    const half = Math.max(to - from, SHORTEST) / 2;
    this.from = middle - half;
    this.to = middle + half;
  }

  /** Zooms by a factor around a time, which keeps its place; around the middle without one. */
  scale(factor, around = null) {
    const fixed = around > this.from && around < this.to ? around : (this.from + this.to) / 2;
    this.zoom(fixed - (fixed - this.from) * factor, fixed + (this.to - fixed) * factor);
  }

  pan(share) {
    const step = (this.to - this.from) * share;
    this.zoom(this.from + step, this.to + step);
  }

  pause() {
    this.following = false;
  }

  /** Goes back to the newest; with a span in seconds, to that much of it; null is all. */
  follow(seconds) {
    this.following = true;
    if (seconds !== undefined) this.span = seconds === null ? null : seconds * 1e6;
  }

  get width() {
    return this.to - this.from;
  }
}
