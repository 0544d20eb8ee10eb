import { startPage } from "../lib/page/page.js";
import "./inspect-page.js";

startPage();
