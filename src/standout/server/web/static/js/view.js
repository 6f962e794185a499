// The stretch of time that all lanes show. A zoom is a view: no score is computed from it.

const SHORTEST = 1e-3; // seconds

export class View {
  constructor(series) {
    this.series = series;
    this.following = true;
    this.newest = 500;
    this.from = 0;
    this.to = 1;
  }

  /** Moves to the newest observations, unless a person looks at something else. */
  update() {
    const { series } = this;
    if (!this.following || series.length === 0) return;
    this.to = series.time[series.last];
    this.from = series.time[Math.max(series.start, series.end - this.newest)];
    if (this.to - this.from < SHORTEST) this.from = this.to - 1;
  }

  /** The indices [low, high) to draw: one more on either side, so that lines leave the frame. */
  bounds() {
    const { series } = this;
    const low = Math.max(series.start, series.find(this.from) - 1);
    const high = Math.min(series.end, series.find(this.to) + 2);
    return [low, high];
  }

  zoom(from, to) {
    this.following = false;
    const middle = (from + to) / 2;
    const half = Math.max(to - from, SHORTEST) / 2;
    this.from = middle - half;
    this.to = middle + half;
  }

  scale(factor) {
    const middle = (this.from + this.to) / 2;
    const half = ((this.to - this.from) / 2) * factor;
    this.zoom(middle - half, middle + half);
  }

  pan(share) {
    const step = (this.to - this.from) * share;
    this.zoom(this.from + step, this.to + step);
  }

  pause() {
    this.following = false;
  }

  follow() {
    this.following = true;
  }

  toggle() {
    this.following = !this.following;
  }
}
