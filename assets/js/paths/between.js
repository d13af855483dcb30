/**
 * What changes along the paths of a class-conditional model: code and class, or one of them.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";

export class Between {
  /** @param {() => void} onChange */
  constructor(onChange) {
    const options = Object.entries({ both: t("Code and class"), code: t("Code"), class: t("Class") }).map(([value, text]) => element("option", { value, text }));
    this.select = element("select", { "aria-label": t("What changes along the path"), onchange: onChange }, ...options);
    this.node = element("label.between", { title: t("This model decodes a code and a class. Choose which of them changes along the path; the other one stays as in A") }, t("Between"), this.select);
  }

  /** The codes, with what does not change taken from the first. @param {Float32Array[]} codes @param {number} latentDim */
  mix(codes, latentDim) {
    return mixed(codes, latentDim, this.select.value);
  }
}

/**
 * @param {Float32Array[]} codes z, followed by the class weights
 * @param {number} latentDim
 * @param {string} between what changes: "both", "code" or "class"
 */
export function mixed(codes, latentDim, between) {
  if (between !== "code" && between !== "class") return codes;
  const [first] = codes;
  return codes.map((code) => {
    const [z, weights] = between === "code" ? [code, first] : [first, code];
    const result = Float32Array.from(z);
    result.set(weights.subarray(latentDim), latentDim);
    return result;
  });
}
