// What a browser keeps for a person.

import { byId, root } from "./dom.js";
import { areOn } from "./keys.js";
import { setWho, who } from "./label.js";
import { remember } from "./storage.js";

const themes = [...document.querySelectorAll("input[name='theme']")];
const current = () => root.dataset.theme ?? "system";

function showTheme() {
  for (const one of themes) one.checked = one.value === current();
}

for (const one of themes) one.addEventListener("change", () => dispatchEvent(new CustomEvent("themechoice", { detail: one.value })));
addEventListener("themechange", showTheme);
byId("shortcuts").checked = areOn();
byId("shortcuts").addEventListener("change", (event) => remember("shortcuts", event.target.checked ? "on" : "off"));
byId("who").value = who();
byId("who").addEventListener("input", (event) => setWho(event.target.value));
showTheme();
root.dataset.ready = "1";
