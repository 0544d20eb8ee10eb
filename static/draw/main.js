import { startPage } from "../lib/page.js";
import "./draw-page.js";

startPage();
