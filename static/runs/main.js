import { startPage } from "../lib/page/page.js";
import "./runs-page.js";

startPage();
