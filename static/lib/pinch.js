// Two fingers on a chart: they pinch to zoom and move to pan.

/**
 * Call `moved(from, to)` while two fingers move on a node: with the pair of their x positions at the
 * last call and the pair now, in pixels from the node's left edge. One finger scrolls the page.
 *
 * @param signal ends it
 */
export function watchPinch(node, moved, signal) {
  let last = null;
  const places = (event) => {
    const { left } = node.getBoundingClientRect();
    return [...event.touches].slice(0, 2).map(({ clientX }) => clientX - left).sort((a, b) => a - b);
  };
  node.addEventListener("touchstart", (event) => {
    last = event.touches.length === 2 ? places(event) : null;
  }, { signal, passive: true });
  node.addEventListener("touchmove", (event) => {
    if (!last || event.touches.length !== 2) return;
    event.preventDefault();
    const now = places(event);
    moved(last, now);
    last = now;
  }, { signal, passive: false });
  node.addEventListener("touchend", (event) => {
    if (event.touches.length < 2) last = null;
  }, { signal, passive: true });
}
