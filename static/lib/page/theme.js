// The switch between light and dark. A choice that equals the system's is forgotten again.

const system = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is dark. */
export function isDark() {
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

function themeSwitch() {
  return document.getElementById("theme-switch");
}

function announce() {
  themeSwitch().setAttribute("aria-pressed", String(isDark()));
  document.dispatchEvent(new CustomEvent("themechange"));
}

/** Calls a function of an element that draws on canvases at each change between light and dark. */
export class RepaintController {
  #repaint;

  constructor(host, repaint) {
    this.#repaint = repaint;
    host.addController(this);
  }

  hostConnected() {
    document.addEventListener("themechange", this.#repaint);
  }

  hostDisconnected() {
    document.removeEventListener("themechange", this.#repaint);
  }
}

/** Wire the switch in the bar; every change sends `themechange` to the document. */
export function startTheme() {
  themeSwitch().addEventListener("click", () => choose(!isDark()));
  system.addEventListener("change", announce);
  announce();
}
