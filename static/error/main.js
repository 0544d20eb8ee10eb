import { startPage } from "../lib/page/page.js";

startPage();
