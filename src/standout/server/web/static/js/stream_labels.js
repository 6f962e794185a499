// What a person says of the selected anomaly, or of a stretch that was missed.

import { byId } from "./dom.js";
import { label } from "./label.js";
import { toast } from "./toast.js";

const MODE_ON = "Label mode: drag over what was missed, or move with arrows and press Enter twice.";

export class Labelling {
  /** `page` has `id`, `selected`, `span`, `all`, `chart`, `inspector`, `picking`. */
  constructor(page) {
    this.page = page;
  }

  /** Labels what is selected, then selects the next without a label. */
  async say(word) {
    const { page } = this;
    const { selected, span, inspector } = page;
    if (!selected && !span) {
      toast("Pick an anomaly first.");
      return;
    }
    const note = inspector.note.value.trim();
    const before = selected?.label ?? null;
    const asked = span
      ? { from: span[0], to: span[1], what: "The span" }
      : { from: selected.from_us, to: selected.to_us, former: before, what: `Anomaly ${selected.seq}` };
    if (selected) selected.label = { label: word, note, who: "", created: new Date().toISOString(), from: "", to: "" };
    try {
      await label(page.id, { ...asked, word, note });
    } catch {
      if (selected) selected.label = before;
      page.redraw();
      return;
    }
    if (span) this.#leave();
    else this.#advance(selected);
  }

  /** Selects the next one without a label: an older one first, as the newest is seen first. */
  #advance(from) {
    const { page } = this;
    const open = page.all.filter((one) => one.label === null && one.seq !== from.seq);
    const next = open.filter((one) => one.seq < from.seq).at(-1) ?? open[0];
    if (next) page.picking.select(next);
    page.redraw();
  }

  #leave() {
    this.page.labelling = false;
    this.drop();
  }

  drop() {
    this.page.span = this.page.chart.marking = null;
    this.page.redraw();
  }

  /** Takes a stretch that was dragged over in label mode. */
  marked(from, to) {
    const { page } = this;
    page.span = page.chart.marking = [Math.round(from), Math.round(to)];
    page.selected = null;
    page.redraw();
  }

  /** Turns label mode on or off: on, a drag marks and never zooms. */
  toggle() {
    const { page } = this;
    page.labelling = !page.labelling;
    if (!page.labelling) this.drop();
    byId("say").textContent = page.labelling ? MODE_ON : "Label mode is off.";
    if (page.labelling) page.range.pause();
    page.redraw();
  }
}
