// Start of every page.

import "../../components/live-badge.js";
import { startTheme } from "./theme.js";

/** Wire the bar. */
export function startPage() {
  startTheme();
}
