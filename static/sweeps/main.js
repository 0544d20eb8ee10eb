import { startPage } from "../lib/page/page.js";
import "./sweeps-page.js";

startPage();
