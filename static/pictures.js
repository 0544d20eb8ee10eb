// Pictures from outside: chosen, dropped or pasted.

function firstPicture(list) {
  return [...(list ?? [])].find((file) => file.type.startsWith("image/") || file.type === "") ?? list?.[0];
}

/** Call `given(file)` for each picture that comes through the input, the drop zone or the clipboard. */
export function acceptPictures(input, zone, given) {
  const take = (files) => {
    const file = firstPicture(files);
    if (file) given(file);
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
