import { startPage } from "../lib/page/page.js";
import { startPresenting } from "../lib/page/presenting.js";
import "./run-page.js";

startPage();
startPresenting();
