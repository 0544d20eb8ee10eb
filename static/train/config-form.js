// The form of a run: what is filled in, as the interface takes it, and what is wrong with it.

import { el, setText } from "../lib/dom.js";

/** A field's value as JSON takes it; what is no number stays text, for the server to explain. */
function read(kind, input) {
  if (kind === "flag") return input.checked;
  const text = input.value.trim();
  if (kind === "number") return numberOrText(text);
  if (kind === "integers") return /^(none)?$/i.test(text) ? [] : text.split(/[\s,]+/).filter(Boolean).map(numberOrText);
  return text;
}

function numberOrText(text) {
  const plain = text.replace(/(?<=\d)[ ,_](?=\d{3}\b)/g, "");
  return plain !== "" && Number.isFinite(Number(plain)) ? Number(plain) : text;
}

function written(kind, value) {
  if (kind === "integers") return value.join(", ");
  return value === null ? "" : String(value);
}

/** A form made by templates/_field.html. */
export class RunForm {
  #fields = new Map();
  #problem;

  constructor(form, problem) {
    this.#problem = problem;
    for (const node of form.querySelectorAll("[data-field]")) {
      const { field, kind, group, default: standard } = node.dataset;
      const input = node.querySelector("input, select");
      this.#fields.set(field, { node, kind, group, input, standard: standard ?? "", problem: node.querySelector(".problem") });
    }
  }

  /** All fields as JSON; an empty one is null, an empty choice or name left out. */
  values() {
    const values = {};
    for (const [name, { kind, input }] of this.#fields) {
      const value = read(kind, input);
      if (value !== "") values[name] = value;
      else if (kind === "number") values[name] = null;
    }
    return values;
  }

  /** The fields that differ from their defaults; the rest is the server's to fill in. */
  changed() {
    const values = this.values();
    for (const [name, { kind, input, standard }] of this.#fields) {
      const same = kind === "flag" ? String(input.checked) === standard : input.value.trim() === standard;
      // An emptied number means its default.
      if (same || values[name] === null) delete values[name];
    }
    return values;
  }

  /** What one field says, as `values` has it. */
  value(name) {
    const { kind, input } = this.#fields.get(name);
    return read(kind, input);
  }

  /** Fill in these values, and the defaults in all other fields. */
  fill(config) {
    for (const [name, { kind, input, standard }] of this.#fields) {
      if (kind === "flag") input.checked = config[name] ?? standard === "true";
      else input.value = config[name] === undefined ? standard : written(kind, config[name]);
    }
    this.showSummaries();
  }

  /** Make fields unchangeable, as a fork's network is. */
  lock(names) {
    for (const [name, { input }] of this.#fields) input.disabled = names.includes(name);
  }

  /** Show `fields`' messages each beside its own, and the rest below; none clears them all. */
  showProblems(fields = {}, message = "") {
    let rest = message;
    for (const [name, { node, input, problem }] of this.#fields) {
      const words = fields[name] ?? "";
      setText(problem, words);
      if (words) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      if (words) node.closest("details")?.setAttribute("open", "");
    }
    const elsewhere = Object.entries(fields).filter(([name]) => !this.#fields.has(name));
    if (Object.keys(fields).length) rest = elsewhere.map(([, words]) => words).join(" ");
    setText(this.#problem, rest);
  }

  /** Put the focus on the first field with a problem. */
  focusProblem() {
    [...this.#fields.values()].find(({ input }) => input.hasAttribute("aria-invalid"))?.input.focus();
  }

  /** Say beside each folded group what differs from the defaults in it. */
  showSummaries() {
    for (const note of document.querySelectorAll("[data-summary]")) {
      const words = [];
      for (const { group, kind, input, standard, node } of this.#fields.values()) {
        if (group !== note.dataset.summary || node.closest("details") !== note.closest("details")) continue;
        if (kind === "flag" ? input.checked : input.value.trim() !== standard) words.push(shortly(kind, input, node));
      }
      note.replaceChildren(words.length ? el("span", {}, words.join(" · ")) : "");
    }
  }
}

function shortly(kind, input, node) {
  const label = node.querySelector("label").textContent;
  if (kind === "flag") return label.toLowerCase();
  if (kind === "choice") return input.selectedOptions[0].textContent.split(/[:,]/)[0];
  return `${label.toLowerCase()} ${input.value.trim() || "default"}`;
}
