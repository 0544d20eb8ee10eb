import { startPage } from "../lib/page.js";

startPage();
