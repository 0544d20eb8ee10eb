import { startPage } from "../lib/page.js";
import "./failures-page.js";

startPage();
