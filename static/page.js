// What every page does.

import { startBadge } from "./badge.js";
import { startTheme } from "./theme.js";

/** Wire the bar. */
export function startPage() {
  startTheme();
  startBadge();
}
