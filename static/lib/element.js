// Base of all elements.

import { LitElement } from "../vendor/lit-all.min.js";

/** Element that renders into the light DOM, where the style sheets and label associations apply. */
export class LightElement extends LitElement {
  createRenderRoot() {
    return this;
  }
}
