// Summaries of all streams, kept up to date by `/live/streams`.

import { ALERT } from "./severity.js";

export class StreamsFeed {
  constructor() {
    this.streams = new Map();
    this.heard = false;
    this.anew = true;
    this.counted = null;
  }

  /** Takes a message; true where a stream has an anomaly that it had not. */
  take(message) {
    if (message.type !== "streams") return false;
    if (this.anew) this.streams.clear();
    this.anew = false;
    this.heard = true;
    let loud = false;
    for (const stream of message.streams) {
      const before = this.streams.get(stream.id);
      loud ||= before !== undefined && stream.anomalies > before.anomalies;
      loud ||= before === undefined && stream.last_score >= ALERT;
      this.streams.set(stream.id, stream);
    }
    for (const id of message.removed) this.streams.delete(id);
    this.#count();
    return loud;
  }

  /** What comes after the return is the whole list again. */
  lost() {
    this.anew = true;
    this.counted = null;
  }

  #count() {
    let total = 0;
    for (const stream of this.streams.values()) total += stream.count;
    const now = performance.now();
    if (this.counted && now - this.counted.at < 1_500) return;
    this.rate = this.counted ? Math.max(0, ((total - this.counted.total) / (now - this.counted.at)) * 1e3) : null;
    this.counted = { at: now, total };
  }

  /** "Live, 18 streams, 1,812 points/s". */
  words() {
    const n = this.streams.size;
    if (n === 0) return "Live";
    const rate = this.rate ? `, ${this.rate >= 10 ? Math.round(this.rate).toLocaleString("en") : this.rate.toFixed(1)} points/s` : "";
    return `Live, ${n.toLocaleString("en")} stream${n === 1 ? "" : "s"}${rate}`;
  }
}
