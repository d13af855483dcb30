/** The formulas of the Learn page against closed forms. tests/zscope/ui/learn compares them with those of Python. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawCode, sigmaOfMean } from "../../assets/js/learn/drawing.js";
import { damaged } from "../../assets/js/learn/damage.js";
import { Grid, ascend, elboOf, logEvidenceOn, logJointAt } from "../../assets/js/learn/evidence.js";
import { klToPrior, klWithSigma, logMeanExp, logNormal, logRatio, logRatioSpread, normals, summary, uniforms } from "../../assets/js/learn/gaussian.js";
import { TARGETS, pathwise, scoreFunction } from "../../assets/js/learn/gradients.js";
import { area, logBernoulli, logBernoulliOf, logGaussian, logLaplace, logLaplaceWithoutHalf } from "../../assets/js/learn/likelihoods.js";
import { RunningLogMean, linearModel } from "../../assets/js/learn/montecarlo.js";
import { histogram, ticks } from "../../assets/js/learn/plot.js";
import { hermite } from "../../assets/js/learn/quadrature.js";
import { readTensors } from "../../assets/js/learn/tensors.js";

const near = (found, expected, within = 1e-9) => assert.ok(Math.abs(found - expected) <= within, `${found} for ${expected}`);
const draws = (count, seed = 1) => Array.from({ length: count }, normals(seed));

test("the KL is 0 only where q is the prior, and equals the area of q log(q / p)", () => {
  assert.equal(klToPrior(0, 1), 0);
  for (const [mean, sigma] of [[1.5, 0.5], [-2, 1], [0, 0.1], [0.3, 2]]) {
    assert.ok(klToPrior(mean, sigma) > 0);
    let sum = 0;
    const step = 0.001;
    for (let z = -25; z < 25; z += step) sum += Math.exp(logNormal(z, mean, sigma)) * logRatio(z, mean, sigma) * step;
    near(sum, klToPrior(mean, sigma), 1e-6);
  }
});

test("draws of the log-ratio have the KL as their mean, and the predicted spread", () => {
  const [mean, sigma] = [0.7, 0.4];
  const { mean: found, sd, error } = summary(draws(200_000).map((e) => logRatio(mean + sigma * e, mean, sigma)));
  assert.ok(Math.abs(found - klToPrior(mean, sigma)) < 4 * error);
  near(sd / logRatioSpread(mean, sigma), 1, 0.02);
  assert.ok(draws(100).some((e) => logRatio(mean + sigma * e, mean, sigma) < 0), "a single draw can be negative");
});

test("with σ in the place of the log-variance, the smallest value is at σ = 0", () => {
  const values = [0.01, 0.1, 0.5, 1, 2].map((sigma) => klWithSigma(0, sigma));
  assert.deepEqual([...values].sort((a, b) => a - b), values);
  near(klWithSigma(0, 0), 0);
});

test("seeded numbers repeat, and have the right distribution", () => {
  assert.deepEqual(draws(5, 7), draws(5, 7));
  assert.notDeepEqual(draws(5, 7), draws(5, 8));
  const { mean, sd } = summary(draws(100_000));
  near(mean, 0, 0.015);
  near(sd, 1, 0.01);
  const flat = Array.from({ length: 50_000 }, uniforms(2));
  assert.ok(Math.min(...flat.slice(0, 1000)) >= 0 && flat.every((value) => value < 1));
  near(summary(flat).mean, 0.5, 0.01);
});

test("both estimators have the exact gradient as their mean", () => {
  const noise = draws(400_000, 3);
  for (const target of Object.values(TARGETS)) {
    for (const [mean, sigma, constant] of [[0.3, 0.5, 0], [-1, 0.8, 4]]) {
      const exact = target.exact(mean, sigma);
      const score = summary(noise.map((e) => scoreFunction(target, mean, sigma, e, constant)));
      const path = summary(noise.map((e) => pathwise(target, mean, sigma, e)));
      for (const found of [score, path]) assert.ok(Math.abs(found.mean - exact) < 4.5 * found.error, `${target.name}: ${found.mean} for ${exact}`);
    }
  }
});

test("the pathwise estimator varies less, except where the function oscillates within σ", () => {
  const noise = draws(20_000, 6);
  const spread = (estimate, target, sigma) => summary(noise.map((e) => estimate(target, 0.3, sigma, e))).sd;
  const less = (target, sigma) => spread(pathwise, target, sigma) < spread(scoreFunction, target, sigma);
  assert.deepEqual([less(TARGETS.square, 0.5), less(TARGETS.square, 1.5), less(TARGETS.sine, 0.1), less(TARGETS.sine, 1.5)], [true, true, true, false]);
});

test("a constant makes the score function noisier, and leaves its mean", () => {
  const noise = draws(100_000, 4);
  const of = (constant) => summary(noise.map((e) => scoreFunction(TARGETS.square, 1, 0.5, e, constant)));
  assert.ok(of(10).sd > 5 * of(0).sd);
  near(of(10).mean, TARGETS.square.exact(1, 0.5), 4.5 * of(10).error);
});

test("every density has the area 1; Laplace without the factor ½ has 2", () => {
  near(area((x) => logGaussian(x, 0.4, 0.25), -5, 6, 20_000), 1, 1e-6);
  near(area((x) => logLaplace(x, 0.4, 0.25), -9, 10, 20_000), 1, 1e-5);
  near(area((x) => logLaplaceWithoutHalf(x, 0.4, 0.25), -9, 10, 20_000), 2, 2e-5);
  near(Math.exp(logBernoulli(0, 0.3)) + Math.exp(logBernoulli(1, 0.3)), 1);
  near(logLaplaceWithoutHalf(0.1, 0.4, 0.25) - logLaplace(0.1, 0.4, 0.25), Math.log(2));
});

test("logits and probabilities give the same Bernoulli likelihood, for large logits too", () => {
  const x = [0, 1, 0.25];
  const logits = [-2, 0.5, 3];
  const expected = x.reduce((sum, value, i) => sum + logBernoulli(value, 1 / (1 + Math.exp(-logits[i]))), 0);
  near(logBernoulliOf(x, logits), expected, 1e-12);
  near(logBernoulliOf([1, 0], [800, -800]), 0);
  near(logBernoulliOf([0], [800]), -800);
});

test("quadrature is exact for polynomials up to the degree 2n − 1", () => {
  const moments = [1, 0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395, 0];
  const { nodes, weights } = hermite(7);
  assert.equal(nodes.length, 7);
  for (const [power, moment] of moments.entries()) {
    const found = nodes.reduce((sum, node, i) => sum + weights[i] * node ** power, 0);
    near(found, moment, 1e-8 * Math.max(1, moment));
  }
});

// z ~ N(0, I) in two dimensions, x = z + noise of the width w: everything is known.
const WIDTH = 0.3;
const X = [0.8, -0.4];
const linear = (z) => logNormal(X[0], z[0], WIDTH) + logNormal(X[1], z[1], WIDTH);
const evidence = X.reduce((sum, x) => sum + logNormal(x, 0, Math.sqrt(1 + WIDTH ** 2)), 0);
const shrink = 1 / (1 + WIDTH ** 2);
const posterior = { mean: X.map((x) => x * shrink), sigma: [WIDTH * Math.sqrt(shrink), WIDTH * Math.sqrt(shrink)] };

test("the ELBO is log p(x) for the true posterior, and less for every other q by its divergence", () => {
  near(elboOf(linear, posterior).elbo, evidence, 1e-5); // codes are in single precision
  for (const q of [{ mean: [0, 0], sigma: [1, 1] }, { mean: [0.7, -0.2], sigma: [0.1, 0.5] }]) {
    const between = [0, 1].reduce((sum, i) => {
      const ratio = q.sigma[i] / posterior.sigma[i];
      return sum + 0.5 * (ratio ** 2 - 1 - 2 * Math.log(ratio) + ((q.mean[i] - posterior.mean[i]) / posterior.sigma[i]) ** 2);
    }, 0);
    near(evidence - elboOf(linear, q).elbo, between, 1e-5);
  }
});

test("the sum over a grid around the posterior is log p(x)", () => {
  const grid = new Grid(posterior.mean, 7 * posterior.sigma[0], 56);
  const joint = Array.from({ length: 56 * 56 }, (_, i) => logJointAt(linear, grid.place(i)));
  near(logEvidenceOn(grid, joint), evidence, 1e-6);
  const [left, top] = grid.place(0);
  assert.ok(left < posterior.mean[0] && top > posterior.mean[1], "rows go down, columns to the right");
});

test("ascent finds the true posterior; with the sign of the KL reversed, the ELBO falls", () => {
  const start = { mean: [0, 0], sigma: [1, 1] };
  let [up, wrong] = [start, start];
  for (let step = 0; step < 400; step++) {
    up = ascend((q) => elboOf(linear, q).elbo, up, 0.1);
    wrong = ascend((q) => elboOf(linear, q).reconstruction + elboOf(linear, q).kl, wrong, 0.1);
  }
  near(up.mean[0], posterior.mean[0], 0.01);
  near(up.sigma[1], posterior.sigma[1], 0.01);
  assert.ok(elboOf(linear, wrong).elbo < elboOf(linear, up).elbo - 1);
  assert.ok(elboOf(linear, wrong).kl > elboOf(linear, up).kl + 1);
});

test("running estimates equal the log of the mean of all terms, and name the share of the largest", () => {
  const terms = [-1000, -3, -2.5, -700, -2];
  const mean = new RunningLogMean();
  const found = terms.map((term) => mean.add(term));
  terms.forEach((_, i) => near(found[i], logMeanExp(terms.slice(0, i + 1))));
  near(mean.largestShare, Math.exp(-2) / terms.reduce((sum, term) => sum + Math.exp(term), 0));
});

test("Monte Carlo meets the exact p(x) in one dimension, and misses it in twenty", () => {
  const estimate = (dimensions) => {
    const model = linearModel(dimensions, 0.5, 0.1);
    const [mean, normal] = [new RunningLogMean(), normals(9)];
    let last = 0;
    for (let n = 0; n < 10_000; n++) last = mean.add(model.term(normal));
    return last - model.exact;
  };
  assert.ok(Math.abs(estimate(1)) < 0.1);
  assert.ok(estimate(20) < -20);
});

test("draws of a code: only the right formula has the mean μ and the standard deviation σ", () => {
  const noise = draws(50_000, 5);
  const of = (form, mean, sigma) => summary(noise.map((e) => drawCode(form, [mean], sigma, [e])[0]));
  near(of("right", 0.5, 0.2).mean, 0.5, 0.01);
  near(of("right", 0.5, 0.2).sd, 0.2, 0.01);
  near(of("variance", 0.5, 0.2).sd, 0.04, 0.002);
  near(of("tied", 1, 0.2).sd, Math.exp(0.5), 0.02);
  assert.deepEqual(drawCode("without-mean", [0.5], 0.2, [1]), drawCode("without-mean", [-3], 0.2, [1]));
  near(sigmaOfMean(0), 10_000, 1e-6);
});

test("damage: nothing at 0, hidden columns, a half turn that is its own inverse", () => {
  const random = Array.from({ length: 2 * 784 }, uniforms(1));
  const x = Float32Array.from({ length: 784 }, (_, i) => (i % 28 === 20 && i > 100 ? 1 : 0));
  for (const kind of ["noise", "hide", "turn", "shift"]) assert.deepEqual(damaged(kind, x, 0, random), x);
  assert.ok(damaged("hide", x, 1, random).every((value) => value === 0));
  const turned = damaged("turn", damaged("turn", x, 1, random), 1, random);
  turned.forEach((value, i) => near(value, x[i], 1e-5));
  const shifted = damaged("shift", x, 0.5, random);
  near(shifted[28 * 10 + 25], 1, 1e-6);
  assert.notDeepEqual(damaged("noise", x, 0.5, random), x);
});

test("histograms count everything, and ticks are round numbers", () => {
  const bars = histogram([-5, 0.1, 0.2, 0.9, 9], 0, 1, 2);
  assert.deepEqual(bars.map(({ value }) => Number(value.toFixed(6))), [0.6, 0.4]);
  assert.deepEqual(ticks(0, 5).map((tick) => Number(tick.toFixed(6))), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(ticks(-300, -100), [-300, -250, -200, -150, -100]);
});

test("arrays of a safetensors file", () => {
  const head = new TextEncoder().encode(
    JSON.stringify({ a: { dtype: "F16", shape: [2], data_offsets: [0, 4] }, b: { dtype: "U8", shape: [1, 3], data_offsets: [4, 7] }, __metadata__: {} }),
  );
  const bytes = new Uint8Array(8 + head.length + 7);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 8);
  bytes.set([0x00, 0x3c, 0x00, 0xc0, 1, 2, 255], 8 + head.length);
  const { a, b } = readTensors(bytes.buffer);
  assert.deepEqual([...a.data], [1, -2]);
  assert.deepEqual([b.shape, [...b.data]], [[1, 3], [1, 2, 255]]);
  assert.deepEqual(Object.keys(readTensors(bytes.buffer)), ["a", "b"]);
});
