import { startPage } from "../lib/page.js";
import "./inspect-page.js";

startPage();
