/**
 * Runs a network given as a graph of layers (`vae.models.networks.graph`), one input at a time.
 */

import { makeLayer } from "./layers.js";

/**
 * @typedef {object} Graph
 * @property {{name: string, kind: string, inputs: string[]}[]} layers in the order they are computed in, with settings
 * @property {Record<string, number[]>} shapes of what each layer puts out, by its name, and of the `input`
 * @property {string} output the layer whose output is the network's
 */

export class Network {
  #steps;

  /**
   * @param {Graph} graph
   * @param {Record<string, Float32Array>} weights by layer and name: "dense/kernel"
   */
  constructor({ layers, shapes, output }, weights) {
    const size = (name) => shapes[name].reduce((a, b) => a * b, 1);
    const values = new Map([["input", new Float32Array(size("input"))]]);
    const lastUse = new Map([[output, layers.length]]);
    layers.forEach(({ inputs }, index) => {
      for (const name of inputs) if (name !== output) lastUse.set(name, index);
    });
    const free = [];
    this.#steps = layers.map((layer, index) => {
      const own = weightsOf(layer.name, weights);
      const compute = makeLayer(layer, own, layer.inputs.map((name) => shapes[name]), shapes[layer.name]); // prettier-ignore
      const inputs = layer.inputs.map((name) => values.get(name));
      // Reuse buffers that no later layer reads: deep networks would take many times the memory.
      const found = free.findIndex((buffer) => buffer.length === size(layer.name));
      const out = found < 0 ? new Float32Array(size(layer.name)) : free.splice(found, 1)[0];
      values.set(layer.name, out);
      for (const name of new Set(layer.inputs)) {
        if (name !== "input" && lastUse.get(name) === index) free.push(values.get(name));
      }
      return () => compute(inputs, out);
    });
    this.input = values.get("input");
    this.output = values.get(output);
  }

  /** @param {ArrayLike<number>} input @returns {Float32Array} overwritten by the next run */
  run(input) {
    this.input.set(input);
    for (const step of this.#steps) step();
    return this.output;
  }
}

function weightsOf(layer, weights) {
  const start = `${layer}/`;
  const named = Object.entries(weights).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(named.map(([name, values]) => [name.slice(start.length), values]));
}
