import { startPage } from "../lib/page.js";
import "./sweeps-page.js";

startPage();
