// A stream that a simulation plays: how far it is, how fast, and a way to end it.

import { getJson, remove, sendJson } from "./api.js";
import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { toast } from "./toast.js";

const RATES = [1, 10, 100, 1_000];
const EVERY_MS = 500;

/** Shows the controls while the stream is played; `page` has `id`, `summary`, `held`. */
export async function control(page) {
  const find = async () => (await getJson("/simulations")).simulations.find(({ stream }) => stream === page.id);
  const found = await find().catch(() => null); // without an answer the page says so itself
  if (found) new Controls(page, found, find).show();
}

class Controls {
  constructor(page, told, find) {
    Object.assign(this, { page, told, find });
    this.place = `/simulations/${encodeURIComponent(told.simulation)}`;
    this.words = el("span", { class: "num", id: "playing-words" });
    this.bar = el("progress", { max: told.records, "aria-label": "Records played" });
    const rates = [...new Set([...RATES, told.rate])].sort((a, b) => a - b);
    this.rates = rates.map((rate) => el("button", { type: "button", data: { rate }, on: { click: () => this.change(rate) } }, format.count(rate)));
    this.stop = el("button", { class: "btn small", type: "button", id: "stop", on: { click: () => this.end() } }, "Stop");
    this.acts = [el("span", { class: "muted" }, "records a second"), el("div", { class: "seg", role: "group", "aria-label": "Records a second" }, ...this.rates), this.stop];
  }

  show() {
    this.box = el("div", { class: "note playing", id: "playing", tabindex: "-1" }, this.words, this.bar, el("span", { class: "space" }), ...this.acts);
    byId("learning").before(this.box);
    this.timer = setInterval(() => this.tick(), EVERY_MS);
    this.tick();
  }

  get played() {
    return Math.max(this.told.played, this.page.held.seq, this.page.summary?.count ?? 0);
  }

  draw(words) {
    const { records, rate } = this.told;
    this.bar.value = this.played;
    setText(this.words, `${words} ${format.count(this.played)} of ${format.count(records)} records`);
    for (const button of this.rates) button.setAttribute("aria-pressed", String(Number(button.dataset.rate) === rate));
  }

  tick() {
    if (document.hidden) return;
    this.draw("Playing back:");
    if (this.played >= this.told.records || this.page.summary?.active === false) this.look();
  }

  /** It may have been stopped elsewhere: then its stream has no sender any more. */
  async look() {
    const now = await this.find().catch(() => this.told);
    if (!now) this.over();
  }

  over() {
    clearInterval(this.timer);
    this.draw(this.played >= this.told.records ? "Played:" : "Stopped after");
    setText(byId("say"), this.words.textContent);
    const hadFocus = this.stop.disabled || this.box.contains(document.activeElement);
    for (const one of [this.bar, ...this.acts]) one.remove();
    if (hadFocus) this.box.focus();
  }

  async change(rate) {
    await this.ask(async () => {
      this.told = await sendJson("PATCH", this.place, { rate });
      this.draw("Playing back:");
    });
  }

  async end() {
    this.stop.disabled = true;
    await this.ask(async () => {
      this.told = await (await remove(this.place)).json();
      this.over();
    });
    this.stop.disabled = false;
  }

  async ask(act) {
    try {
      await act();
    } catch (error) {
      toast(error.message, { error: true });
      this.look();
    }
  }
}
