// A line on the cluster: how many workers it has, with a link to its page.

import { ClusterController, clusterWords } from "../lib/cluster.js";
import { LightElement } from "../lib/element.js";
import { html, nothing } from "../vendor/lit-all.min.js";

/** Only for a server that trains on a cluster. */
class ClusterNote extends LightElement {
  #cluster = new ClusterController(this);

  render() {
    const { state, error } = this.#cluster;
    if (!state) return error?.message ?? nothing;
    return html`<a href="/cluster">${clusterWords(state)}</a>`;
  }
}

customElements.define("cluster-note", ClusterNote);
