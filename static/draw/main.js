import { startPage } from "../lib/page/page.js";
import "./draw-page.js";

startPage();
