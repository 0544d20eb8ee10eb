import { startPage } from "../lib/page/page.js";
import "./cluster-page.js";

startPage();
