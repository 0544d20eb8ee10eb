// The switch between light and dark. A choice that equals the system's is forgotten again.

import { byId } from "./dom.js";

const system = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : system.matches;
}

function choose(dark) {
  const theme = dark ? "dark" : "light";
  document.documentElement.dataset.theme = theme;
  try {
    if (dark === system.matches) localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage may be forbidden: then the choice lasts for this page.
  }
  announce();
}

function announce() {
  byId("theme-switch").setAttribute("aria-pressed", String(isDark()));
  document.dispatchEvent(new CustomEvent("themechange"));
}

/** Wire the switch in the bar; every change sends `themechange` to the document. */
export function startTheme() {
  byId("theme-switch").addEventListener("click", () => choose(!isDark()));
  system.addEventListener("change", announce);
  announce();
}
