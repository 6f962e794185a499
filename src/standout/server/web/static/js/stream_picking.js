// Which anomaly is selected, and how one goes from it to the next.

import { byId } from "./dom.js";
import { score } from "./format.js";
import { toast } from "./toast.js";

export class Picking {
  /** `page` has `windows`, `range`, `chart`, `all`, `anomalies`; `given` is the page's query. */
  constructor(page, given) {
    this.page = page;
    this.wanted = given.get("anomaly") ? Number(given.get("anomaly")) : null;
    this.moves = !given.has("from");
  }

  find(seq) {
    const { windows, all } = this.page;
    return windows.anomalies.find((one) => one.seq === seq) ?? all.find((one) => one.seq === seq);
  }

  /** Selects the anomaly that the address names, once it is known. */
  found() {
    const { wanted } = this;
    if (wanted === null) return;
    const one = this.find(wanted) ?? this.page.all.find((other) => other.seq <= wanted && other.last_seq >= wanted);
    this.wanted = null;
    if (one) this.select(one, { show: this.moves });
  }

  select(one, { show = true } = {}) {
    const { page } = this;
    const { range } = page;
    Object.assign(page, { selected: one, span: null });
    page.chart.marking = null;
    if (one && show && (one.from_us >= range.to || one.to_us <= range.from)) {
      const middle = (Math.max(one.from_us, one.peak_us - range.width / 3) + one.peak_us) / 2;
      const half = Math.max(range.width, (one.to_us - one.from_us) * 1.4) / 2;
      range.zoom(middle - half, middle + half);
    } else if (one) range.pause();
    page.redraw();
  }

  /** Selects what was pointed at. */
  picked(one) {
    this.select(one);
    byId("rows").querySelector(`[data-seq="${one.seq}"]`)?.scrollIntoView({ block: "nearest" });
  }

  /** Steps to the next anomaly of the whole stream; the first step is to the newest in view. */
  go(forward) {
    const { all, anomalies, selected } = this.page;
    const list = all.length > 0 ? all : anomalies;
    if (list.length === 0) {
      toast("This stream has no anomaly.");
      return;
    }
    const place = (one) => list.findIndex((other) => other.seq === one.seq);
    const begin = anomalies.length > 0 ? place(anomalies.at(-1)) : list.length - 1;
    const at = selected ? place(selected) : -1;
    const next = at < 0 ? Math.max(0, begin) : at + forward;
    if (next < 0 || next >= list.length) {
      toast(forward > 0 ? "This is the newest anomaly." : "This is the oldest anomaly that is listed.");
      return;
    }
    this.select(list[next]);
    byId("say").textContent = `Anomaly ${list[next].seq}, score ${score(list[next].score)}`;
  }
}
