import { startPage } from "../lib/page.js";
import "./compare-page.js";

startPage();
