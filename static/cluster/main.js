import { startPage } from "../lib/page.js";
import "./cluster-page.js";

startPage();
