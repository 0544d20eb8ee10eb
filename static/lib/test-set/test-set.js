// The test set of a data set: its labels, its marks, and its pictures as they come in sheets.

import * as api from "../api.js";
import { ByteCache } from "../byte-cache.js";
import { pageData } from "../page-data.js";
import { isDark } from "../page/theme.js";
import { RETRY_MS } from "../reconnect.js";

// 20 sheets of 1,000 pictures, decoded.
const MAX_BYTES = 64_000_000;
const BYTES_PER_PIXEL = 4;

/** Pictures and labels of a data set, which its name and checksum determine for good. */
export class TestSet {
  #dataset;
  #sha256;
  #arrived;
  #sheets = new ByteCache(MAX_BYTES, (sheet) => sheet.width * sheet.height * BYTES_PER_PIXEL, (sheet) => sheet.close());
  /** A byte for each picture; null until they are loaded. */
  labels = null;
  /** The marks that a person gave, by index; changed ones are another map. */
  marks = new Map();
  /** When this number changes, pictures that were missing can be drawn. */
  arrivals = 0;

  /** `arrived()` is called when missing pictures can be drawn. */
  constructor(dataset, sha256, arrived) {
    this.#dataset = dataset;
    this.#sha256 = sha256;
    this.#arrived = arrived;
  }

  /** Whether this is the test set of a run. */
  isOf(run) {
    return run.config.dataset === this.#dataset && run.dataset_sha256 === this.#sha256;
  }

  /** Load labels and marks. */
  async load() {
    if (this.labels) return;
    const of = [this.#dataset, this.#sha256];
    const [labels, marks] = await Promise.all([api.testLabels(...of), api.marks(...of)]);
    this.marks = new Map(marks.map(({ index, mark }) => [index, mark]));
    this.labels = new Uint8Array(labels);
  }

  /** Mark a picture; null takes its mark away. */
  async mark(index, mark) {
    await api.setMark(this.#dataset, this.#sha256, index, mark);
    this.marks = new Map(this.marks);
    if (mark === null) this.marks.delete(index);
    else this.marks.set(index, mark);
  }

  /** Address of a file with all marks. */
  get marksFile() {
    return api.marksFileAddress(this.#dataset, this.#sha256);
  }

  /**
   * Draw a picture onto a canvas of its size: ink on paper where the page is paper. Returns false if
   * it is not here yet, but will be.
   */
  draw(canvas, index) {
    const context = canvas.getContext("2d");
    context.globalCompositeOperation = "source-over";
    context.fillStyle = isDark() ? "black" : "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    const { side, per_sheet: perSheet, columns } = pageData.sheets;
    const number = Math.floor(index / perSheet);
    const sheet = this.#sheets.get(number);
    if (!sheet) {
      this.#load(number);
      return false;
    }
    const place = index % perSheet;
    const [x, y] = [place % columns, Math.floor(place / columns)];
    context.globalCompositeOperation = "difference";
    context.drawImage(sheet, x * side, y * side, side, side, 0, 0, side, side);
    return true;
  }

  /** Forget the pictures. */
  close() {
    this.#arrived = () => {};
    this.#sheets.clear();
  }

  #tell() {
    this.arrivals++;
    this.#arrived();
  }

  async #load(number) {
    try {
      await this.#sheets.load(number, async () => createImageBitmap(await api.testSheet(this.#dataset, this.#sha256, number)));
      this.#tell();
    } catch (error) {
      // The pictures stay blank; what else is loaded tells why. Drawn again, they are requested again.
      if (error.isTemporary) setTimeout(() => this.#tell(), RETRY_MS);
    }
  }
}
