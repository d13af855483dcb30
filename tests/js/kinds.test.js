import assert from "node:assert/strict";
import { test } from "node:test";

import { mixed, oneHot } from "../../assets/js/core/classes.js";
import { DataDraws, PriorDraws } from "../../assets/js/core/draws.js";
import { difference } from "../../assets/js/core/picture.js";
import { Point } from "../../assets/js/core/point.js";
import { Walk } from "../../assets/js/core/walk.js";
import { carries, imageName, orderName, randomName, randomTitle, resampleTitle } from "../../assets/js/core/labels.js";

const PLAIN_VAE = { classes: ["cat", "dog"], latentDim: 2, codeDim: 2, prior: "normal", priorDraw: "A draw from N(0, 1)", encodes: true };
const CONDITIONAL = { ...PLAIN_VAE, codeDim: 4 };
const AUTOENCODER = { ...PLAIN_VAE, classes: [], prior: null };

/** A server whose draw i of seed s is (s, i). */
function countingServer(rows, asked) {
  return async (url) => {
    asked.push(url);
    const seed = Number(new URL(url, "http://x").searchParams.get("seed"));
    return Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 ? (i - 1) / 2 : seed)).buffer;
  };
}

test("draws are used one by one, none twice, and fetched ahead", async () => {
  const asked = [];
  const draws = new PriorDraws("/prior?v=1", 2, { random: () => 0.5, fetch: countingServer(100, asked) });
  assert.equal(asked.length, 0, "nothing before it is wanted");
  draws.prepare();
  const seen = new Set();
  for (let i = 0; i < 250; i++) seen.add((await draws.next()).join());
  assert.equal(seen.size, 250);
  assert.equal(asked[0], `/prior?v=1&seed=${2 ** 19}`);
  assert.equal(new Set(asked).size, asked.length, "every seed is asked for once");
  assert.ok(asked.length >= 3);
});

test("the first seed differs from visit to visit and the last one is followed by the first", async () => {
  const first = [];
  for (const random of [() => 0.1, () => 0.2, () => 1 - 1e-9]) {
    const asked = [];
    const draws = new PriorDraws("/p?v=", 2, { random, fetch: countingServer(1, asked) });
    await draws.next();
    await draws.next();
    first.push(asked[0]);
    if (random() > 0.9) assert.match(asked[1], /seed=0$/);
  }
  assert.equal(new Set(first).size, 3);
});

test("draws that could not be fetched are asked for again, the same seed", async () => {
  const asked = [];
  const serve = countingServer(4, asked);
  let down = true;
  const draws = new PriorDraws("/p?v=", 2, { random: () => 0, fetch: async (url) => {
    if (down) throw new Error("the server answered 500");
    return serve(url);
  } }); // prettier-ignore
  draws.prepare();
  await assert.rejects(draws.next(), /500/);
  down = false;
  assert.deepEqual([...(await draws.next())], [0, 0]);
});

test("without a prior, a draw is near the code of an image", async () => {
  const codes = { means: Float32Array.of(100, 0, -100, 0), rows: 2, dimensions: 2 };
  const draws = new DataDraws({ codes: Promise.resolve(codes) }, [{ index: 0, spread: 4 }, { index: 1, spread: 0 }]); // prettier-ignore
  const seen = await Promise.all(Array.from({ length: 200 }, () => draws.next()));
  for (const [x, y] of seen) {
    assert.ok(Math.abs(Math.abs(x) - 100) < 6, "a quarter of the spread, not the middle of nowhere");
    assert.equal(y, 0);
  }
  assert.ok(seen.some(([x]) => x > 0) && seen.some(([x]) => x < 0), "of either image");
  assert.ok(new Set(seen.map(String)).size > 190, "each its own, but for what float32 rounds to one");
  assert.deepEqual([...codes.means], [100, 0, -100, 0], "the codes themselves stay");
});

test("classes are chosen, mixed in equal parts and taken out again", () => {
  assert.deepEqual([...oneHot(4, 2)], [0, 0, 1, 0]);
  const two = mixed([0, 0, 1, 0], 1);
  assert.deepEqual([...two], [0, 0.5, 0.5, 0]);
  assert.deepEqual([...mixed(two, 2)], [0, 1, 0, 0]);
  assert.deepEqual([...mixed([0, 1, 0, 0], 1)], [0, 1, 0, 0], "the last one stays");
});

test("moving z leaves the class behind it", () => {
  const point = new Point([0, 0, 0, 1]);
  point.move([5, 6]);
  assert.deepEqual([...point.z], [5, 6, 0, 1]);
});

test("a walk over wide codes is as quick, in their own units", () => {
  const path = (unit) => {
    let seed = 7;
    const random = () => ((seed = (seed * 1664525 + 1013904223) >>> 0) / 2 ** 32);
    const codes = Float32Array.from({ length: 400 }, () => unit * (random() * 4 - 2));
    const walk = new Walk(codes, 2, [0, 0], { random, unit });
    const out = new Float32Array(2);
    for (let i = 0; i < 50; i++) walk.step(1 / 30, out);
    return [...out].map((value) => value / unit);
  };
  const [narrow, wide] = [path(1), path(64)];
  narrow.forEach((value, i) => assert.ok(Math.abs(value - wide[i]) < 1e-3, `${narrow} and ${wide}`));
});

test("labels depend on the kind of model", () => {
  assert.equal(imageName(PLAIN_VAE, 7, 1), "#7 “dog”");
  assert.equal(imageName(AUTOENCODER, 7, 0), "#7");
  assert.match(randomTitle(PLAIN_VAE), /N\(0, 1\)/);
  assert.doesNotMatch(randomTitle(PLAIN_VAE), /class/);
  assert.match(randomTitle(CONDITIONAL), /class does not change/);
  assert.match(randomTitle({ ...PLAIN_VAE, prior: "realnvp", priorDraw: "A draw from a RealNVP flow" }), /RealNVP/);
  assert.match(randomTitle(AUTOENCODER), /no prior/);
  assert.deepEqual([PLAIN_VAE, AUTOENCODER].map(randomName), ["Sample prior", "Sample code"]);
  assert.match(resampleTitle(PLAIN_VAE, true), /posterior/);
  assert.match(resampleTitle(PLAIN_VAE, false), /first/);
  assert.match(resampleTitle(AUTOENCODER, true), /without a posterior/);
  assert.match(orderName(AUTOENCODER), /spread/);
  assert.equal(carries(AUTOENCODER, { kl: 0, spread: 3 }).value, 3);
  assert.equal(carries(PLAIN_VAE, { kl: 0.5, spread: 3 }).value, 0.5);
  const decoder = { ...PLAIN_VAE, encodes: false };
  assert.match(orderName(decoder), /effect/);
  assert.equal(carries(decoder, { kl: 0, effect: 0.25, spread: 1 }).value, 0.25);
});

test("two hues of one brightness differ", () => {
  globalThis.ImageData ??= class {
    constructor(width, height) {
      this.data = new Uint8ClampedArray(4 * width * height);
    }
  };
  const red = Uint8Array.of(200, 0, 0);
  const { image, mse } = difference(red, Uint8Array.of(0, 200, 0), [1, 1, 3]);
  assert.ok(Math.max(...image.data.subarray(0, 3)) > 150);
  assert.ok(Math.abs(mse - (2 * (200 / 255) ** 2) / 3) < 1e-6);
  assert.equal(Math.max(...difference(red, red, [1, 1, 3]).image.data.subarray(0, 3)), 0);
});
