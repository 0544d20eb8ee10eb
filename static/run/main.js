import { startPage } from "../lib/page.js";
import "./run-page.js";

startPage();
