// Colours of the style sheet for what is drawn: neither a canvas nor Plotly knows its variables.

/**
 * A colour such as "var(--ink)" as it is at an element: light or dark as the page. In forced colours it
 * is the system's, unless it `isKept`, for colours that stand for numbers.
 */
export function pageColour(element, value, { isKept = false } = {}) {
  const probe = document.createElement("span");
  probe.style.color = value;
  if (isKept) probe.style.forcedColorAdjust = "none";
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
