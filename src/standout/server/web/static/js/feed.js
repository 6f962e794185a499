// The live feed of one stream, resumed by arrival number: nothing twice, nothing missing.

import { connect } from "./live.js";
import { streamPath } from "./api.js";

/**
 * Listens to a stream. `seq()` tells the newest arrival number that the page holds; `points(columns)`
 * gets what comes after it, `missed()` is called where something in between is not told,
 * `status(summary)` gets how the stream stands.
 */
export function listen(id, { seq, points, missed, status }) {
  const path = () => `/live${streamPath(id)}?after=${seq()}`;
  connect(path, (message) => {
    if (message.stream) status(message.stream);
    if (!message.points || message.points.seq.length === 0) return;
    // A late observation has an earlier time and a later number: numbers tell what is missing.
    const first = Math.min(...message.points.seq.filter((one) => one > seq()));
    if (first > seq() + 1 && first !== Infinity) missed();
    points(message.points);
  });
}
