import { startPage } from "../lib/page/page.js";
import "./sweep-page.js";

startPage();
