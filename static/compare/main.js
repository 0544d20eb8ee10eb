import { startPage } from "../lib/page.js";
import { startPresenting } from "../lib/presenting.js";
import "./compare-page.js";

startPage();
startPresenting();
