/**
 * For tests in Python: computes networks of the stand-alone page. JSON on stdin, a list of `{graph, weights, mean, inputs}`
 * with the weights as in the page; JSON on stdout, for each the pictures of its inputs.
 */

import { readFileSync } from "node:fs";

import { Decoder } from "../../assets/js/demo/decoder.js";
import { weightsOf } from "../../assets/js/demo/payload.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const pictures = cases.map(({ graph, weights, mean, inputs }) => {
  const decoder = new Decoder(graph, weightsOf(weights), mean);
  return inputs.map((input) => Array.from(decoder.picture(input)));
});
process.stdout.write(JSON.stringify(pictures));
