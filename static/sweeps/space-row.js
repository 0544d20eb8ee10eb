// A row of the form: one field to search, as a range or as choices.

import { textOf, valueOf } from "../lib/runs/form-values.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";

/** Whether values of a field lie in a range. */
export function isNumeric({ type }) {
  return type === "integer" || type === "number";
}

/** The row that a field begins with: `{name, isRange, low, high, isLog, step, choices, chosen}`. */
export function newRow(field) {
  const { name, type } = field;
  const begin = START[name] ?? {};
  const options = type === "boolean" ? [false, true] : (field.choices ?? []).map(({ value }) => value);
  return {
    name, isRange: isNumeric(field), low: "", high: "", isLog: false, step: "", choices: textOf(field, field.default) || "",
    chosen: new Set(options), ...begin,
  };
}

const START = {
  learning_rate: { low: "0.001", high: "1", isLog: true },
  batch_size: { low: "16", high: "256", step: "16" },
  hidden: { choices: "50; 100; 200, 100" },
  seed: { isRange: false, choices: "0; 1; 2" },
};

/** The values to search of a row, as the API takes them. */
export function spaceOf(field, row) {
  if (row.isRange) {
    const number = (text) => valueOf({ type: "number" }, text);
    return {
      low: number(row.low), high: number(row.high),
      ...(row.isLog ? { log: true } : {}), ...(row.step && !row.isLog ? { step: number(row.step) } : {}),
    };
  }
  if (hasOptions(field)) return { choices: optionsOf(field).map(({ value }) => value).filter((value) => row.chosen.has(value)) };
  return { choices: row.choices.split(";").map((text) => valueOf(field, text)) };
}

const hasOptions = ({ type }) => type === "choice" || type === "boolean";

function optionsOf({ type, choices }) {
  return type === "boolean" ? [{ value: false, label: "no" }, { value: true, label: "yes" }] : choices;
}

/**
 * Template of a row.
 *
 * @param field as in the page's data
 * @param problem empty for none
 * @param change called with the changed values of the row
 * @param remove called to take it away
 */
export function rowTemplate(field, row, problem, change, remove) {
  const id = `s-${field.name}`;
  return html`<fieldset class="space-row" data-field=${field.name} aria-describedby="${id}-problem">
    <legend>${field.label}</legend>
    <button type="button" class="small quiet" aria-label="Take out ${field.label.toLowerCase()}" @click=${remove}>Take out</button>
    ${isNumeric(field) ? html`<div class="space-kind">
      <label><input type="radio" name="${id}-kind" .checked=${live(row.isRange)} @change=${() => change({ isRange: true })}>range</label>
      <label><input type="radio" name="${id}-kind" .checked=${live(!row.isRange)} @change=${() => change({ isRange: false })}>choices</label>
    </div>` : nothing}
    ${row.isRange ? range(id, row, change) : hasOptions(field) ? options(field, row, change) : choices(id, field, row, change)}
    <p class="problem" id="${id}-problem">${problem}</p>
  </fieldset>`;
}

function range(id, row, change) {
  const input = (name, label, isDisabled = false) => html`<label for="${id}-${name}">${label}</label>
    <input type="text" id="${id}-${name}" inputmode="decimal" autocomplete="off" ?disabled=${isDisabled} .value=${live(row[name])}
      @input=${({ target }) => change({ [name]: target.value })}>`;
  return html`<div class="space-range">
    ${input("low", "from")} ${input("high", "to")} ${input("step", "step", row.isLog)}
    <label class="space-log"><input type="checkbox" .checked=${live(row.isLog)} @change=${({ target }) => change({ isLog: target.checked })}>logarithmic:
      as many trials from 1 to 10 as from 10 to 100</label>
  </div>`;
}

function options(field, row, change) {
  const toggle = (value, isChosen) => {
    const chosen = new Set(row.chosen);
    chosen[isChosen ? "add" : "delete"](value);
    change({ chosen });
  };
  return html`<div class="space-options">${optionsOf(field).map(({ value, label }) => html`<label>
    <input type="checkbox" .checked=${live(row.chosen.has(value))} @change=${({ target }) => toggle(value, target.checked)}>${label}</label>`)}</div>`;
}

function choices(id, field, row, change) {
  const example = field.type === "layers" ? "such as 50; 200, 100; none" : "such as 10; 20; 50";
  return html`<div class="space-choices"><label for="${id}-choices">separated by semicolons, ${example}</label>
    <input type="text" id="${id}-choices" autocomplete="off" .value=${live(row.choices)} @input=${({ target }) => change({ choices: target.value })}></div>`;
}
