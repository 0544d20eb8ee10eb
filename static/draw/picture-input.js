// Pictures from outside: chosen, dropped or pasted.

/**
 * Pictures dropped or pasted anywhere in the window, for an element.
 *
 * `onPicture(file, count)` is called with the first picture and their number; `take` does the same
 * for the files of an input. `dragging` is true while something is dragged over the window.
 */
export class PictureInput {
  #host;
  #onPicture;
  dragging = false;

  constructor(host, onPicture) {
    this.#host = host;
    this.#onPicture = onPicture;
    host.addController(this);
  }

  hostConnected() {
    addEventListener("paste", this.#paste);
    // The whole window takes the drop: a near miss would leave the page for the picture.
    addEventListener("dragover", this.#dragOver);
    addEventListener("dragleave", this.#dragLeave);
    addEventListener("drop", this.#drop);
  }

  hostDisconnected() {
    removeEventListener("paste", this.#paste);
    removeEventListener("dragover", this.#dragOver);
    removeEventListener("dragleave", this.#dragLeave);
    removeEventListener("drop", this.#drop);
  }

  /** Take the first picture of a list of files. */
  take(list) {
    const files = [...(list ?? [])];
    const pictures = files.filter(({ type }) => type.startsWith("image/") || type === "");
    const [file] = [...pictures, ...files];
    if (file) this.#onPicture(file, pictures.length);
  }

  #drag(dragging) {
    this.dragging = dragging;
    this.#host.requestUpdate();
  }

  #paste = (event) => this.take(event.clipboardData?.files);

  #dragOver = (event) => {
    event.preventDefault();
    if (!this.dragging) this.#drag(true);
  };

  #dragLeave = (event) => {
    if (!event.relatedTarget) this.#drag(false);
  };

  #drop = (event) => {
    event.preventDefault();
    this.#drag(false);
    this.take(event.dataTransfer?.files);
  };
}
