// Pictures from outside: chosen, dropped or pasted.

/**
 * Call `given(file, count)` when pictures come through the input, the drop zone or the clipboard:
 * with the first one, and how many there were.
 */
export function acceptPictures(input, zone, given) {
  const take = (list) => {
    const files = [...(list ?? [])];
    const pictures = files.filter(({ type }) => type.startsWith("image/") || type === "");
    const [file] = [...pictures, ...files];
    if (file) given(file, pictures.length);
  };
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  addEventListener("paste", (event) => take(event.clipboardData?.files));
  // The whole window takes the drop, or a near miss would leave the page for the picture.
  addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.dataset.drop = "true";
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) delete zone.dataset.drop;
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    delete zone.dataset.drop;
    take(event.dataTransfer?.files);
  });
}
