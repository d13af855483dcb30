/**
 * For tests in Python: computes formulas of the Learn page. JSON on stdin: the folder of the files, codes, pixels and logits;
 * JSON on stdout: the results.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Grid, elboOf, logEvidenceOn, logJointAt, windowOf } from "../../assets/js/learn/evidence.js";
import { klToPrior, logMeanExp, logNormal } from "../../assets/js/learn/gaussian.js";
import { logBernoulliOf, logGaussian, logLaplace } from "../../assets/js/learn/likelihoods.js";
import { SmallModel } from "../../assets/js/learn/small_models.js";
import { readTensors } from "../../assets/js/learn/tensors.js";

const { folder, moments, pixels, images, width } = JSON.parse(readFileSync(0, "utf8"));
const tensorsOf = (name) => {
  const bytes = readFileSync(join(folder, `${name}.safetensors`));
  return readTensors(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const model = new SmallModel("vae", JSON.parse(readFileSync(join(folder, "models.json"), "utf8")).models.vae, tensorsOf("vae"));
const results = {
  kl: moments.map(([mean, sigma]) => klToPrior(mean, sigma)),
  normal: moments.map(([mean, sigma, z]) => logNormal(z, mean, sigma)),
  mean: logMeanExp(moments.map(([mean]) => 300 * mean)),
  bernoulli: logBernoulliOf(pixels.map(([x]) => x), pixels.map(([, logit]) => logit)), // prettier-ignore
  gaussian: pixels.map(([x, logit]) => logGaussian(x, 1 / (1 + Math.exp(-logit)), width)).reduce((a, b) => a + b),
  laplace: pixels.map(([x, logit]) => logLaplace(x, 1 / (1 + Math.exp(-logit)), width)).reduce((a, b) => a + b),
  images: images.map((x, index) => {
    const q = model.encode(x);
    const logLikelihood = (z) => logBernoulliOf(x, model.logits(z));
    const { centre, half } = windowOf(model.entry.posteriorMean[index], model.entry.posteriorSigma[index], [...model.entry.posteriorMean[index]]);
    const grid = new Grid(centre, half, 56);
    const joint = Array.from({ length: 56 * 56 }, (_, i) => logJointAt(logLikelihood, grid.place(i)));
    return { ...q, ...elboOf(logLikelihood, q), evidence: logEvidenceOn(grid, joint) };
  }),
  decoded: Array.from({ length: 10 }, (_, index) => Array.from(model.decode(model.posterior(index).mean))),
};
process.stdout.write(JSON.stringify(results));
