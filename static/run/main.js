import { startPage } from "../lib/page.js";
import { startPresenting } from "../lib/presenting.js";
import "./run-page.js";

startPage();
startPresenting();
