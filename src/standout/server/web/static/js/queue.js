// What waits for a label: the current one has the buttons, and keys for them.

import { getWindow } from "./api.js";
import { byId, el, streamPage } from "./dom.js";
import * as format from "./format.js";
import { label, labelButtons, labelKeys } from "./label.js";
import { onKey } from "./keys.js";
import { drawMini } from "./mini.js";
import { level, mark, word } from "./severity.js";
import { agreed, when } from "./shape.js";

const SHOWN = 8;
const AROUND = 45; // observations before and after that are drawn along with it

export class Queue {
  /** `page` has `streams` (summaries by id). */
  constructor(page) {
    this.page = page;
    this.list = byId("queue");
    this.entries = new Map();
    this.order = [];
    this.current = null;
    this.said = new Set(); // labelled here, and not yet told so by the server
    this.buttons = labelButtons((given) => this.say(given));
    labelKeys((given) => this.say(given));
    onKey("j", "Next anomaly to label", () => this.go(1));
    onKey("k", "Previous anomaly to label", () => this.go(-1));
    addEventListener("themechange", () => this.redraw());
    addEventListener("resize", () => this.redraw());
  }

  /** Shows what the server told. */
  show(told) {
    const wanted = told.anomalies.map((one) => ({ ...one, key: `${one.anomaly.seq} ${one.stream}` }));
    for (const key of this.said) if (!wanted.some((one) => one.key === key)) this.said.delete(key);
    const open = wanted.filter((one) => !this.said.has(one.key));
    this.order = open.slice(0, SHOWN);
    if (!this.order.some((one) => one.key === this.current)) this.current = this.order[0]?.key ?? null;
    this.#reconcile();
    this.#none(told);
  }

  #none(told) {
    const none = byId("queue-none");
    none.hidden = this.order.length > 0;
    if (!none.hidden) none.textContent = told.last_labelled ? `Nothing to label. Last one ${format.age(told.last_labelled, Date.now())}.` : "Nothing to label.";
  }

  #reconcile() {
    const keys = new Set(this.order.map((one) => one.key));
    for (const [key, entry] of this.entries) {
      if (keys.has(key)) continue;
      entry.element.remove();
      this.entries.delete(key);
    }
    let after = null;
    for (const one of this.order) {
      const { element } = this.#entry(one);
      if (element.previousElementSibling !== after || !element.parentNode) {
        if (after) after.after(element);
        else this.list.prepend(element);
      }
      after = element;
    }
    this.#mark();
  }

  #entry(one) {
    let entry = this.entries.get(one.key);
    if (!entry) {
      entry = { element: el("li", { data: { key: one.key } }), canvas: el("canvas", { role: "img" }) };
      entry.element.addEventListener("click", (event) => {
        if (event.target.closest("a, button")) return;
        this.current = one.key;
        this.#mark();
      });
      this.entries.set(one.key, entry);
    }
    const text = JSON.stringify(one);
    if (entry.text === text) return entry;
    Object.assign(entry, { text, one });
    this.#fill(entry, one);
    this.#ask(entry, one);
    return entry;
  }

  #fill(entry, { stream, unit, anomaly }) {
    const name = level(anomaly.score)?.name ?? "major";
    const [votes, all] = agreed(anomaly);
    const against = `${format.withUnit(format.brief(anomaly.value), unit)}, expected ${format.between(anomaly.lower, anomaly.upper, format.brief)}`;
    entry.canvas.setAttribute("aria-label", `${stream}: ${against}`);
    const boxes = Array.from({ length: all }, (_, k) => el("i", { class: k < votes ? "on" : "" }));
    const actions = entry.element.contains(this.buttons) ? this.buttons : null;
    entry.element.replaceChildren(
      el(
        "div",
        { class: "title" },
        mark(name),
        el("a", { href: this.#link(stream, anomaly), title: stream }, stream),
        el("span", { class: `score num sev-${name}` }, el("span", { class: "sr" }, `${word(anomaly.score)}, score `), format.score(anomaly.score)),
      ),
      el("div", { class: "mini" }, entry.canvas),
      el("div", { class: "line" }, el("span", {}, against)),
      el("div", { class: "line" }, el("span", {}, when(anomaly)), all < 2 ? "" : el("span", {}, el("span", { class: "votes", "aria-hidden": "true" }, ...boxes), ` ${votes} of ${all}`, el("span", { class: "sr" }, " detectors agree"))),
      ...(actions ? [actions] : []),
    );
    if (entry.found) this.#draw(entry);
  }

  #around({ from_us: from, to_us: to, count, seq, last_seq: last }) {
    if (count === 1 || last === seq) return null;
    const margin = Math.max((to - from) * 0.8, ((to - from) / (last - seq)) * AROUND);
    return [from - margin, to + margin / 2];
  }

  #link(stream, anomaly) {
    const around = this.#around(anomaly);
    const range = around ? { from: Math.round(around[0]), to: Math.round(around[1]) } : {};
    return streamPage(stream, { ...range, anomaly: anomaly.seq });
  }

  async #ask(entry, { stream, anomaly }) {
    try {
      let around = this.#around(anomaly);
      if (!around) {
        const { header } = await getWindow(stream, { to: anomaly.to_us, px: 1, limit: 0, votes: false });
        const margin = (header.step_us ?? 1e6) * AROUND;
        around = [anomaly.from_us - margin * 2, anomaly.to_us + margin];
      }
      entry.found = await getWindow(stream, { from: around[0], to: around[1], px: 150, limit: 0, votes: false });
      this.#draw(entry);
    } catch {
      entry.text = ""; // it is asked for again with the next list
    }
  }

  #draw({ canvas, found, one }) {
    const end = one.anomaly.ongoing ? Math.max(one.anomaly.to_us, found.columns.end_us[found.header.n - 1] ?? 0) : null;
    drawMini(canvas, found, { mark: one.anomaly, to: end, line: 1.2 });
  }

  redraw() {
    for (const entry of this.entries.values()) if (entry.found) this.#draw(entry);
  }

  #mark() {
    for (const [key, { element }] of this.entries) {
      if (key === this.current) {
        element.setAttribute("aria-current", "true");
        if (!element.contains(this.buttons)) element.append(this.buttons);
      } else element.removeAttribute("aria-current");
    }
  }

  go(forward) {
    const at = this.order.findIndex((one) => one.key === this.current);
    const next = this.order[Math.max(0, Math.min(this.order.length - 1, at + forward))];
    if (!next) return;
    this.current = next.key;
    this.#mark();
    const { element } = this.entries.get(next.key);
    element.scrollIntoView({ block: "nearest" });
    byId("say").textContent = `${next.stream}, ${word(next.anomaly.score)}, score ${format.score(next.anomaly.score)}`;
  }

  /** Labels the current one; the next takes its place at once. */
  async say(given) {
    const one = this.order.find((other) => other.key === this.current);
    if (!one) return;
    const hadFocus = this.buttons.contains(document.activeElement) ? document.activeElement : null;
    const at = this.order.indexOf(one);
    const { from_us: from, to_us: to, label: former } = one.anomaly;
    this.said.add(one.key);
    this.current = (this.order[at + 1] ?? this.order[at - 1])?.key ?? null;
    this.order = this.order.filter((other) => other !== one);
    this.#reconcile();
    hadFocus?.focus();
    try {
      await label(one.stream, { from, to, word: given, former, what: one.stream });
    } catch {
      this.said.delete(one.key);
      this.order.splice(at, 0, one);
      this.#reconcile();
    }
  }

  /** What was said here is what the server tells from now on. */
  settle() {
    this.said.clear();
  }
}
