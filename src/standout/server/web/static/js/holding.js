// What the page holds of a stream: the columns of one window, and behind them what came since.

const NUMBERS = ["time_us", "end_us", "count", "anomalies", "min", "max", "peak", "lower", "upper"];
const ROOM = 6_000; // observations that may come before the window is asked for again
const APART = 10; // median steps without an observation that make a gap

export class Holding {
  constructor() {
    this.clear();
  }

  clear() {
    for (const name of NUMBERS) this[name] = new Float64Array(0);
    Object.assign(this, { n: 0, votes: [], voters: [], header: null, seq: 0, stale: false, from: 0, to: 0 });
  }

  /** Takes a window's columns; they are copied, so that there is room behind them. */
  load({ header, columns }) {
    this.header = header;
    this.n = header.n;
    this.seq = header.seq;
    this.from = header.from_us;
    this.to = header.to_us;
    this.voters = header.voters;
    this.stale = false;
    const copy = (column) => {
      const kept = new Float64Array(header.n + ROOM);
      if (column) kept.set(column);
      return kept;
    };
    for (const name of NUMBERS) this[name] = copy(columns[name]);
    this.votes = header.voters.map((name) => copy(columns[`votes.${name}`]));
  }

  get step() {
    return this.header?.step_us ?? null;
  }

  /** Time of the newest observation; NaN for none. */
  get newest() {
    return this.n === 0 ? NaN : this.end_us[this.n - 1];
  }

  /** Takes live observations that it does not have yet; true where one was flagged. */
  append(points) {
    let flagged = false;
    for (let row = 0; row < points.seq.length; row += 1) {
      if (points.seq[row] <= this.seq) continue;
      this.seq = points.seq[row];
      if (points.anomaly[row] === 1) flagged = true;
      this.#put(points, row);
    }
    return flagged;
  }

  #put(points, row) {
    const at = this.n;
    const time = points.time_us[row];
    // A late one belongs between others: the window is asked for again.
    if (at === this.time_us.length || (at > 0 && time <= this.end_us[at - 1])) {
      this.stale = true;
      return;
    }
    const value = points.value[row] ?? NaN;
    this.time_us[at] = this.end_us[at] = time;
    this.count[at] = 1;
    this.anomalies[at] = points.anomaly[row] === 1 ? 1 : 0;
    this.min[at] = this.max[at] = value;
    this.peak[at] = points.score[row] ?? NaN;
    this.lower[at] = points.lower[row] ?? NaN;
    this.upper[at] = points.upper[row] ?? NaN;
    this.votes.forEach((column, bit) => {
      column[at] = (points.votes[row] >> bit) & 1;
    });
    this.n += 1;
    this.to = Math.max(this.to, time + 1);
  }

  /** Index of the first column that ends at or after a time. */
  find(us) {
    let low = 0;
    let high = this.n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.end_us[middle] < us) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Indices [low, high) to draw for [from, to]: one more on either side, so that lines go on. */
  bounds(from, to) {
    return [Math.max(0, this.find(from) - 1), Math.min(this.n, this.find(to) + 2)];
  }

  /** How far apart two columns are where there is a gap between them, with pixels of `pixel`. */
  apart(pixel) {
    return Math.max((this.step ?? Infinity) * APART, pixel * 2);
  }
}

const orNull = (x) => (Number.isNaN(x) ? null : x);

/**
 * uPlot's columns of what is held in [from, to]: time in seconds, value, lower, upper. A column of
 * many observations gives its lowest and its highest value, the nearer one first; a gap gives null.
 * `index` tells the column of each, `gaps` the times without data.
 */
export function toPlot(held, from, to, pixel) {
  const [low, high] = held.bounds(from, to);
  const data = [[], [], [], []];
  const index = [];
  const gaps = [];
  const apart = held.apart(pixel);
  const put = (i, us, value) => {
    index.push(i);
    data[0].push(us / 1e6);
    data[1].push(value);
    data[2].push(orNull(held.lower[i]));
    data[3].push(orNull(held.upper[i]));
  };
  let before = null; // the last value that was put
  let seen = null; // where the last column with a value ended
  for (let i = low; i < high; i += 1) {
    const [a, b] = [held.time_us[i], held.end_us[i]];
    const missing = Number.isNaN(held.min[i]);
    if (missing) {
      put(i, a, null);
      before = null;
      continue;
    }
    if (seen !== null && (before === null || a - seen > apart)) {
      gaps.push([seen, a]);
      if (before !== null) {
        put(i, (seen + a) / 2, null);
        data[2][data[2].length - 1] = data[3][data[3].length - 1] = null;
      }
      before = null;
    }
    const [least, most] = [held.min[i], held.max[i]];
    if (least === most) put(i, (a + b) / 2, least);
    else {
      const up = before === null || Math.abs(before - least) <= Math.abs(before - most);
      put(i, a, up ? least : most);
      put(i, b, up ? most : least);
    }
    before = data[1][data[1].length - 1];
    seen = b;
  }
  if (seen !== null && to - seen > apart && high === held.n) gaps.push([seen, to]);
  return { data, index, gaps };
}
