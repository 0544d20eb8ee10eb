// Small helpers around the document. Text always goes in as text.

/** The element with an id; throws where the template lacks it. */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`expected an element with id ${id} in this page`);
  return node;
}

/** The parts of a template by their data-part names. */
export function partsOf(root) {
  const parts = {};
  for (const node of root.querySelectorAll("[data-part]")) parts[node.dataset.part] = node;
  return parts;
}

/**
 * Build an element: attributes that are null or false are left out, true ones are empty, those
 * named on… are listeners; children that are no nodes become text.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Set a node's text, leaving the document alone where it stands already. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Fill a <select> with [value, words] pairs, keeping or setting what is chosen. */
export function fillSelect(select, choices, chosen = select.value) {
  const wanted = JSON.stringify(choices);
  if (select.dataset.choices !== wanted) {
    select.dataset.choices = wanted;
    select.replaceChildren(...choices.map(([value, words]) => el("option", { value }, words)));
  }
  if (choices.some(([value]) => String(value) === String(chosen))) select.value = chosen;
}
