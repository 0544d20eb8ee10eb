// Position of a menu.

/** Styles that put a popover beside its button: below it, or above it in the lower part of the window. */
export function beside(button) {
  const { top, bottom, right } = button.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const place = { right: `${Math.max(8, clientWidth - right)}px` };
  if (bottom < clientHeight * 0.6) return { ...place, top: `${bottom + 4}px`, maxHeight: `${clientHeight - bottom - 12}px` };
  return { ...place, bottom: `${clientHeight - top + 4}px`, maxHeight: `${top - 12}px` };
}
