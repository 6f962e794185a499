// The observations that the page holds: preallocated columns, oldest first, bounded.

const COLUMNS = {
  time: Float64Array, // seconds
  seq: Float64Array,
  value: Float64Array, // nan is missing
  score: Float64Array,
  expected: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
  votes: Uint8Array,
  flag: Uint8Array,
};

export class Series {
  /** At most `most` observations are kept; the slack saves a move at each append. */
  constructor(most = 100_000) {
    this.most = most;
    this.start = 0;
    this.end = 0;
    this.flagged = 0;
    for (const [name, Type] of Object.entries(COLUMNS)) {
      this[name] = new Type(most + Math.ceil(most / 4));
    }
  }

  get length() {
    return this.end - this.start;
  }

  get last() {
    return this.end - 1;
  }

  clear() {
    this.start = this.end = this.flagged = 0;
  }

  /** Takes `PointColumns`; a late one goes to its place, a known time replaces what was there. */
  append(points) {
    for (let row = 0; row < points.time_us.length; row += 1) this.#put(points, row);
  }

  /** Index of the first observation at or after a time. */
  find(seconds) {
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time[middle] < seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #put(points, row) {
    const time = points.time_us[row] / 1e6;
    let at = this.end;
    if (this.length > 0 && time <= this.time[this.last]) at = this.find(time);
    if (at < this.end && this.time[at] === time) this.flagged -= this.flag[at];
    else at = this.#makeRoom(at);
    this.time[at] = time;
    this.seq[at] = points.seq[row];
    this.value[at] = points.value[row] ?? NaN;
    this.score[at] = points.score[row] ?? NaN;
    this.expected[at] = points.expected[row] ?? NaN;
    this.lower[at] = points.lower[row] ?? NaN;
    this.upper[at] = points.upper[row] ?? NaN;
    this.votes[at] = points.votes[row];
    this.flag[at] = points.anomaly[row] === 1 ? 1 : 0;
    this.flagged += this.flag[at];
    this.#trim();
  }

  #makeRoom(at) {
    if (this.end === this.time.length) {
      at -= this.start;
      for (const name of Object.keys(COLUMNS)) this[name].copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    if (at < this.end) {
      for (const name of Object.keys(COLUMNS)) this[name].copyWithin(at + 1, at, this.end);
    }
    this.end += 1;
    return at;
  }

  #trim() {
    while (this.length > this.most) {
      this.flagged -= this.flag[this.start];
      this.start += 1;
    }
  }
}
