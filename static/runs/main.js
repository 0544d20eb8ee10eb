import { startPage } from "../lib/page.js";
import "./runs-page.js";

startPage();
