import { startPage } from "../lib/page.js";
import "./sweep-page.js";

startPage();
