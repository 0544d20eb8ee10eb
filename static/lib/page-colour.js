// Colours of the style sheet for what is drawn: neither a canvas nor Plotly knows its variables.

/** A colour such as "var(--ink)" as it is at an element: light or dark as the page. */
export function pageColour(element, value) {
  const probe = document.createElement("span");
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
