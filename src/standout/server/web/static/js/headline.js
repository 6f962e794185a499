// The sentence that answers first: who streams, and what needs a look.

import * as format from "./format.js";

function streaming(active, all) {
  if (active === 0) {
    const kept = all === 1 ? "1 stream is kept" : `${format.count(all)} streams are kept`;
    return `No client is streaming; ${kept}.`;
  }
  return active === 1 ? "1 client is streaming." : `${format.count(active)} clients are streaming.`;
}

function anomalous(ids) {
  if (ids.length === 0) return "";
  if (ids.length === 1) return `${ids[0]} has an anomaly now.`;
  return `${format.names(ids)} have anomalies now.`;
}

function rest(active, anomalies, learning) {
  if (active === 0) return "The next observation of a client appears here by itself.";
  const calm = active - anomalies - learning;
  const parts = [];
  if (calm > 0) {
    const whom = anomalies + learning === 0 ? "All" : `${anomalies > 0 ? "The other" : ""} ${format.count(calm)}`;
    parts.push(`${whom.trim()} ${calm === 1 ? "is" : "are"} inside the expected range.`);
  }
  if (learning > 0) parts.push(`${format.count(learning)} still learning what is normal.`);
  return parts.join(" ");
}

/** Writes the headline for the counts, and the ids of streams with an anomaly now. */
export function drawHeadline({ active, all, anomalies, learning }) {
  const headline = document.getElementById("headline");
  const subline = document.getElementById("subline");
  if (all === 0) {
    headline.textContent = "No streams yet.";
    subline.textContent = "Standout waits for the first observation.";
    return;
  }
  const loud = document.createElement("b");
  loud.textContent = anomalous(anomalies);
  headline.replaceChildren(streaming(active, all), ...(loud.textContent ? [" ", loud] : []));
  subline.textContent = rest(active, anomalies.length, learning);
}
