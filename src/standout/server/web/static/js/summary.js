// A stream's summary, kept up to date by the observations that come after it.

/** Counts go by `seq`, the arrival number from 1, so that nothing is counted twice. */
export class Summary {
  constructor(told) {
    this.hear(told);
    this.unheard = [];
  }

  /** Takes what the server says. */
  hear(told) {
    this.told = told;
    this.seq = told.count;
    this.unheard = (this.unheard ?? []).filter((seq) => seq > told.count);
  }

  /** Takes observations that arrived. */
  append(points) {
    points.seq.forEach((seq, row) => {
      if (seq > this.told.count && points.anomaly[row] === 1) this.unheard.push(seq);
      this.seq = Math.max(this.seq, seq);
    });
  }

  /** The summary as of the newest observation of `series`. */
  now(series) {
    const extra = this.seq - this.told.count;
    const now = { ...this.told, count: this.seq, anomalies: this.told.anomalies + this.unheard.length };
    now.warmup_left = Math.max(0, this.told.warmup_left - extra);
    if (series.length === 0) return now;
    const { last } = series;
    now.last_timestamp = new Date(series.time[last] * 1e3).toISOString();
    now.last_value = Number.isNaN(series.value[last]) ? null : series.value[last];
    now.last_score = Number.isNaN(series.score[last]) ? null : series.score[last];
    return now;
  }
}
