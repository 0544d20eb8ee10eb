import { startPage } from "../lib/page/page.js";
import "./failures-page.js";

startPage();
