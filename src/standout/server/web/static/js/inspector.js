// The anomaly that is selected: what, when, why, and what a person says of it.

import { byId, el } from "./dom.js";
import * as format from "./format.js";
import { labelButtons, setWho, who, WORDS } from "./label.js";
import { level, mark, word } from "./severity.js";
import { agreed, beyond, shape, when } from "./shape.js";

const fact = (name, ...content) => [el("dt", {}, name), el("dd", {}, ...content)];

export class Inspector {
  /** `page` has `selected`, `span`, `unit`; `go(forward)`, `say(word)` and `drop()` are called. */
  constructor(page) {
    this.page = page;
    this.box = byId("inspector");
    this.note = el("textarea", { id: "note", rows: 2, maxlength: 2000, placeholder: "What happened, for the next person" });
    this.name = el("input", { id: "who", type: "text", maxlength: 200, autocomplete: "name", value: who() });
    this.name.addEventListener("change", () => setWho(this.name.value.trim()));
    this.drawn = "";
  }

  draw() {
    const { selected, span, unit } = this.page;
    const key = JSON.stringify([selected, span, unit, this.page.anomalies.length === 0]);
    if (key === this.drawn) return;
    const isOther = (this.at ?? null) !== (selected?.seq ?? null);
    this.drawn = key;
    this.at = selected?.seq ?? null;
    if (isOther) this.note.value = selected?.label?.note ?? "";
    const focus = this.box.contains(document.activeElement) ? document.activeElement : null;
    const again = focus && (focus.id ? `#${focus.id}` : focus.dataset.word && `[data-word="${focus.dataset.word}"]`);
    this.box.replaceChildren(...(span ? this.#span(span) : selected ? this.#anomaly(selected) : this.#nothing()));
    if (again) this.box.querySelector(again)?.focus({ preventScroll: true });
  }

  #nothing() {
    const none = this.page.anomalies.length === 0;
    const words = none ? "No anomaly in view." : "Pick an anomaly in the chart or the table.";
    return [
      el("div", { class: "phead" }, el("h2", { id: "inspector-title" }, "Anomaly"), el("span", { class: "space" }), ...this.#steps()),
      el("p", { class: "none" }, words, " ", el("kbd", {}, "J"), " ", el("kbd", {}, "K"), " step through all."),
    ];
  }

  #steps() {
    const button = (id, text, key, forward) =>
      el("button", { class: "btn ghost", type: "button", id, on: { click: () => this.page.go(forward) } }, text, " ", el("kbd", { "aria-hidden": "true" }, key));
    return [button("previous", "Previous", "K", -1), button("next", "Next", "J", 1)];
  }

  #anomaly(one) {
    const name = level(one.score)?.name ?? "major";
    return [
      el("div", { class: "phead" }, el("h2", { id: "inspector-title" }, `Anomaly ${one.seq}`), el("span", { class: "space" }), ...this.#steps()),
      el(
        "div",
        { class: "body" },
        el(
          "div",
          { class: "big" },
          el("span", { class: `score sev-${name}` }, format.score(one.score)),
          el("div", {}, el("b", {}, mark(name), " ", word(one.score)), el("span", {}, shape(one))),
        ),
        this.#facts(one),
        this.#why(one),
        this.#say(one.label),
      ),
    ];
  }

  #facts(one) {
    const { unit } = this.page;
    const off = beyond(one);
    const sign = off === null ? "–" : off === 0 ? "nothing, it is inside" : `${format.withUnit(format.brief(Math.abs(off)), unit)} ${off > 0 ? "above" : "below"}`;
    return el(
      "dl",
      { class: "kv" },
      ...fact("When", when(one)),
      ...fact("Date", `${format.time(one.from_us / 1e6).slice(0, 10)} UTC`),
      ...fact("Peak", format.withUnit(format.brief(one.value), unit)),
      ...fact("Expected", format.withUnit(format.between(one.lower, one.upper, format.brief), unit)),
      ...fact("Off by", sign),
      ...(one.count > 1 ? fact("Flagged", `${format.count(one.count)} observations`) : []),
    );
  }

  #why(one) {
    const [votes, all] = agreed(one);
    if (all < 2) return null;
    const rows = Object.entries(one.votes).sort((a, b) => b[1] - a[1]);
    const bar = ([name, share]) => {
      const meter = el("meter", { min: 0, max: 1, value: share, "aria-label": format.detector(name) });
      return el(
        "div",
        { class: share > 0 ? "bar" : "bar off" },
        el("span", {}, format.detector(name)),
        meter,
        el("span", { class: "n" }, `${Math.round(share * 100)} %`),
      );
    };
    const bars = el("div", {}, ...rows.map(bar));
    const note = el("p", { class: "small" }, one.count > 1 ? "Share of the flagged observations that each voted for." : "");
    import("./strengths.js").then(({ showStrengths }) => showStrengths(bars, note, this.page.id, one), () => {});
    return el("div", { class: "why" }, el("h3", {}, `Why: ${votes} of ${all} detectors agree at the peak`), bars, note);
  }

  #say(label) {
    const given = label && el("p", { class: "given" }, el("b", {}, WORDS[label.label]), said(label));
    return el(
      "div",
      { class: "feedback" },
      el("h3", {}, label ? "Labelled" : "Is this a real anomaly?"),
      given,
      labelButtons((word) => this.page.say(word), { wide: true }),
      el("label", { for: "note" }, "Note"),
      this.note,
      el("label", { for: "who" }, "Your name"),
      this.name,
    );
  }

  #span([from, to]) {
    const text = `${format.time(from / 1e6)} to ${format.time(to / 1e6).slice(11)}`;
    const drop = el("button", { class: "btn", type: "button", id: "drop", on: { click: () => this.page.drop() } }, "Discard");
    return [
      el("div", { class: "phead" }, el("h2", { id: "inspector-title" }, "New label")),
      el(
        "div",
        { class: "body" },
        el("dl", { class: "kv first" }, ...fact("From", text.split(" to ")[0]), ...fact("To", text.split(" to ")[1]), ...fact("Lasts", format.duration((to - from) / 1e6))),
        el("div", { class: "feedback" }, el("h3", {}, "What was it?"), labelButtons((word) => this.page.say(word), { wide: true }), el("label", { for: "note" }, "Note"), this.note, el("label", { for: "who" }, "Your name"), this.name, drop),
      ),
    ];
  }
}

function said({ who: name, created }) {
  const by = name ? ` by ${name}` : "";
  return `${by}, ${created.slice(0, 10)} ${created.slice(11, 16)} UTC`;
}
