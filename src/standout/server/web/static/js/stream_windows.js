// What the page of a stream asks the server for: the window in view, and the whole for the navigator.

import { getWindow } from "./api.js";
import { byId, debounced, setText, throttled } from "./dom.js";
import { spoken } from "./format.js";
import { Holding } from "./holding.js";
import { showProblem } from "./live.js";
import { home } from "./range.js";

const MARGIN = 0.5; // of the view, on either side, is asked for with it
const CLOSER = 4; // times: a view so much closer than what is held wants finer columns
const MOST = 500; // anomalies of a view
const MOST_OF_ALL = 1_000;
const WHOLE_MS = 4_000;
const VIEW_MS = 1_000;
const LATE_MS = 300; // nothing moves for what comes sooner

export class StreamWindows {
  /** `page` has `id`, `held`, `range`, `chart`; `given` is the query that the page was opened with. */
  constructor(page, given) {
    Object.assign(this, { page, given, anomalies: [], labels: [], asking: null, first: true });
    this.atNewest = true; // what is held reaches to the newest observation
    this.soon = debounced(() => this.view(), 60);
    this.viewSoon = throttled(() => this.view(), VIEW_MS);
    this.wholeSoon = throttled(() => this.whole(), WHOLE_MS);
  }

  /** Whether the view leaves what is held, or is so much closer that finer columns are wanted. */
  isOutside() {
    const { held, range, chart } = this.page;
    if (held.header === null || held.n === 0) return false;
    const { from_us: from, to_us: to, rows, n } = held.header;
    const begins = range.from >= from || from <= (chart.overview?.first_us ?? -Infinity);
    const ends = range.to <= to || this.atNewest;
    const fine = rows === n || (to - from) / range.width < CLOSER;
    return !(begins && ends && fine);
  }

  async view() {
    const { page } = this;
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const first = page.chart.overview === undefined && page.held.header === null;
    const dim = (on) => byId("tracks").classList.toggle("waiting", on);
    const late = this.isOutside() && setTimeout(dim, LATE_MS, true); // what is only refreshed stays as it is
    try {
      const asked = first ? { limit: MOST_OF_ALL } : { ...this.#bounds(), limit: MOST };
      this.#take(await getWindow(page.id, { ...asked, px: page.chart.pixels * 2 }, signal), first);
    } catch (error) {
      if (error.name !== "AbortError") showProblem(`The chart cannot be loaded. ${error.message}`, () => this.view());
      return;
    } finally {
      clearTimeout(late);
      if (!signal.aborted) dim(false);
    }
    showProblem("");
    page.redraw();
  }

  /** The view with a margin, no further than the stream reaches. */
  #bounds() {
    const { range } = this.page;
    const margin = range.width * MARGIN;
    const to = range.to + margin;
    this.atNewest = to >= range.newest;
    return { from: Math.floor(range.from - margin), to: this.atNewest ? undefined : Math.ceil(to) };
  }

  #take(found, first) {
    const { page } = this;
    const { header } = found;
    page.held.load(found);
    Object.assign(this, { anomalies: header.anomalies, labels: header.labels });
    Object.assign(page, { flagged: header.flagged, cut: header.anomalies_cut });
    if (first && header.n > 0) this.#begin(found);
  }

  /** Goes to the view that the address asks for; the first answer is of the whole stream. */
  #begin(found) {
    const { given } = this;
    const { header } = found;
    const { range, held } = this.page;
    const span = given.get("span");
    range.update(header.from_us, held.newest, held.step);
    const seconds = span === "all" ? null : Number(span) > 0 ? Number(span) : home(range, held.step);
    range.span = seconds === null ? null : seconds * 1e6;
    const [from, to] = [Number(given.get("from")), Number(given.get("to"))];
    if (given.has("from") && to > from) range.zoom(from, to);
    range.update(header.from_us, held.newest, held.step);
    this.#showWhole(found);
    if (this.isOutside()) this.view();
  }

  async whole() {
    const { page } = this;
    try {
      this.#showWhole(await getWindow(page.id, { px: page.chart.pixels, limit: MOST_OF_ALL, votes: false }));
    } catch (error) {
      showProblem(`The overview of the stream cannot be loaded. ${error.message}`, () => this.whole());
      return;
    }
    page.redraw();
  }

  #showWhole(found) {
    const { page } = this;
    const held = new Holding();
    held.load(found);
    page.all = found.header.anomalies;
    const { from_us: from, to_us: to } = found.header;
    page.chart.drawWhole({ first_us: from, last_us: Math.max(to, from + 1_000), held, anomalies: page.all });
    setText(byId("nav-span"), spoken((to - from) / 1e6));
    page.found();
  }
}
