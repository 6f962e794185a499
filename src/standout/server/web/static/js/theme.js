// Sets the theme before the first paint, so it is a blocking script and no module.
(() => {
  const KEY = "standout.theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: the system's theme is used
    }
  }

  function store(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // storage is switched off: the choice lasts for this page
    }
  }

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  function apply() {
    root.classList.toggle("dark-mode", isDark()); // Swagger UI's own name for it
  }

  function announce() {
    apply();
    const button = document.getElementById("theme");
    if (button) button.textContent = isDark() ? "Light theme" : "Dark theme";
    dispatchEvent(new Event("themechange"));
  }

  const chosen = stored();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  apply();

  system.addEventListener("change", announce);
  addEventListener("themechoice", ({ detail }) => {
    if (detail === "system") delete root.dataset.theme;
    else root.dataset.theme = detail;
    store(detail);
    announce();
  });
  addEventListener("DOMContentLoaded", () => {
    announce();
    const here = document.querySelector(".top [aria-current]");
    // On a phone the bar is longer than the screen.
    if (here?.getBoundingClientRect().right > innerWidth) here.closest(".top").scrollLeft = here.offsetLeft + (here.offsetWidth - innerWidth) / 2;
    document.getElementById("theme").addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      store(root.dataset.theme);
      announce();
    });
  });
})();
