import { startPage } from "../lib/page/page.js";
import "./backpropagation-task.js";
import "./batches-task.js";
import "./digit-task.js";
import "./gradient-task.js";
import "./layer-task.js";
import "./loss-task.js";
import { showProgress } from "./progress.js";
import "./trouble-task.js";

startPage();
showProgress();
