// One field of the form: label, control, explanation, problem.

import { html, live, nothing } from "../vendor/lit-all.min.js";
import "./term-help.js";

// Terms of the glossary that fields are named by.
const TERMS = { epochs: "epoch", batch_size: "batch", learning_rate: "learning rate", loss: "loss" };

/**
 * Template of a field.
 *
 * @param field as in the page data
 * @param state `text`: what it shows; `isLocked`; `about`: the explanation, or a template for it;
 *   `problem`: empty for none; `was`: text of the value before a change, null where there is none;
 *   `extra`: template below it
 * @param changed called with the new text, a boolean for a field that is one
 */
export function fieldTemplate(field, state, changed) {
  const id = `f-${field.name}`;
  const { text, isLocked, about, problem, was = null, extra = nothing } = state;
  const described = `${id}-about ${id}-problem`;
  const label = html`<span class="field-label"><label for=${id}>${field.label}</label>${
    field.name in TERMS ? html`<term-help term=${TERMS[field.name]}></term-help>` : nothing
  }</span>`;
  const control = controlTemplate(field, { id, described, text, isLocked, problem }, changed);
  return html`
    <div class="field" data-field=${field.name} data-type=${field.type}>
      ${field.type === "boolean" ? [control, label] : [label, control]}
      <p class="about" id="${id}-about">${was === null ? nothing : html`<mark class="was">was ${was}</mark> `}${about}</p>
      ${extra}
      <p class="problem" id="${id}-problem">${problem}</p>
    </div>`;
}

function controlTemplate(field, { id, described, text, isLocked, problem }, changed) {
  const invalid = problem ? "true" : nothing;
  if (field.type === "boolean") {
    return html`<input type="checkbox" id=${id} name=${field.name} .checked=${live(text)} ?disabled=${isLocked}
      aria-describedby=${described} aria-invalid=${invalid} @change=${({ target }) => changed(target.checked)}>`;
  }
  if (field.type === "choice") {
    return html`<select id=${id} name=${field.name} ?disabled=${isLocked} aria-describedby=${described}
      aria-invalid=${invalid} @change=${({ target }) => changed(target.value)}>
      ${field.choices.map(({ value, label }) => html`<option value=${value} .selected=${live(value === text)}>${label}</option>`)}
    </select>`;
  }
  return html`<input type="text" id=${id} name=${field.name} .value=${live(text)} ?disabled=${isLocked}
    inputmode=${{ number: "decimal", integer: "numeric" }[field.type] ?? "text"} autocomplete="off"
    maxlength=${field.longest && field.type === "text" ? field.longest : nothing}
    placeholder=${placeholder(field)} aria-describedby=${described} aria-invalid=${invalid}
    @input=${({ target }) => changed(target.value)}>`;
}

function placeholder({ type, optional }) {
  if (type === "layers") return "none";
  if (type === "text") return "made from the settings";
  return optional ? "all" : nothing;
}
