/** The Reconstruct page's pure parts. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { packHead, parseHead } from "../../assets/js/core/head.js";
import { outlines } from "../../assets/js/reconstruct/result.js";
import { ordered } from "../../assets/js/reconstruct/cropper.js";
import { Newest } from "../../assets/js/reconstruct/newest.js";
import { toInput } from "../../assets/js/reconstruct/placing.js";
import { sizesOf } from "../../assets/js/reconstruct/repair.js";
import { basisWords, boundWords, headline, quality, share, voteWords } from "../../assets/js/reconstruct/assessment.js";
import { cut, nameOf } from "../../assets/js/reconstruct/wire.js";

const DIGITS = { content: "object", light: true, background: 0, extent: 0.7143, centre: "mass", middle: [0.5, 0.5] };

/** RGBA of a size, with a filled rectangle. */
function drawing([height, width], [top, left, bottom, right], ground, ink) {
  const rgba = new Uint8ClampedArray(4 * height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const there = y >= top && y < bottom && x >= left && x < right;
      rgba.set([...(there ? ink : ground), 255], 4 * (y * width + x));
    }
  }
  return rgba;
}

test("a drawing anywhere comes to the model's size and place", () => {
  const rgba = drawing([280, 280], [10, 200, 110, 225], [0, 0, 0], [255, 255, 255]);
  const pixels = toInput(rgba, [280, 280], [28, 28, 1], DIGITS);
  const rows = [...Array(28).keys()].filter((y) => pixels.subarray(28 * y, 28 * y + 28).some((value) => value > 128));
  assert.deepEqual([rows[0], rows.length], [4, 20]);
  const columns = [...Array(28).keys()].filter((x) => pixels[28 * 14 + x] > 128);
  assert.equal(columns.length, 5);
  assert.ok(Math.abs((columns[0] + columns.at(-1)) / 2 - 13.5) <= 0.5);
});

test("dark ink on a light ground, three channels", () => {
  const wants = { ...DIGITS, light: false, background: 200, extent: 1, centre: "box" };
  const rgba = drawing([64, 64], [20, 20, 40, 40], [200, 200, 200], [0, 0, 0]);
  const pixels = toInput(rgba, [64, 64], [32, 32, 3], wants);
  assert.equal(pixels.length, 32 * 32 * 3);
  assert.deepEqual([...pixels.subarray(3 * (16 * 32 + 16), 3 * (16 * 32 + 16) + 3)], [0, 0, 0]);
  const bar = toInput(drawing([64, 64], [0, 0, 64, 8], [200, 200, 200], [0, 0, 0]), [64, 64], [32, 32, 3], wants);
  assert.deepEqual([...bar.subarray(0, 3)], [200, 200, 200]);
});

test("what is grey stays as grey, and nothing is nothing", () => {
  const shirt = drawing([280, 280], [40, 40, 240, 240], [0, 0, 0], [128, 128, 128]);
  const pixels = toInput(shirt, [280, 280], [28, 28, 1], { ...DIGITS, extent: 1 });
  assert.ok(Math.abs(pixels[28 * 14 + 14] - 128) <= 1);
  assert.equal(toInput(drawing([280, 280], [0, 0, 0, 0], [0, 0, 0], [0, 0, 0]), [280, 280], [28, 28, 1], DIGITS), null);
});

test("a scene is the mean of its squares, in colour", () => {
  const rgba = drawing([64, 64], [0, 0, 64, 2], [10, 20, 30], [50, 20, 30]);
  const pixels = toInput(rgba, [64, 64], [16, 16, 3], { content: "scene" });
  assert.deepEqual([...pixels.subarray(0, 6)], [30, 20, 30, 10, 20, 30]);
});

test("words of how usual a picture is", () => {
  const of = (unusual, compared = 1000) => headline({ unusual, compared });
  assert.equal(of(3).level, "usual");
  assert.match(of(3).text, /^Typical for this data$/);
  assert.match(of(72.4).text, /more unusual than 72 %/);
  assert.equal(of(95).level, "edge");
  assert.match(of(99.4).text, /99\.4 %/);
  assert.equal(of(99.4).level, "strange");
  assert.equal(of(100).level, "strange");
  assert.match(of(100).text, /all 1,000 test images/);
  assert.equal(of(100, 12).level, "edge", "one in thirteen is beyond twelve");
  assert.match(of(100, 12).text, /all 12 test images/);
  assert.equal(share(100), "more than all");
  assert.equal(share(0), "less than all");
  assert.equal(share(99.2), "more than 99.2 %");
  assert.equal(share(41.6), "more than 42 %");
});

test("how well it is reconstructed is another matter than how usual it is", () => {
  const levels = [0.93, 0.75, 0.6, 0.4, 0.2, -0.5].map((r_squared) => quality({ r_squared, unusual: 3 }).level);
  assert.deepEqual(levels, ["good", "good", "fair", "fair", "poor", "poor"]);
  assert.equal(quality({ r_squared: 0.928 }).text, "Well reconstructed (R² 0.93)");
  assert.equal(quality({ r_squared: -0.5 }).text, "Poorly reconstructed (R² −0.50)");
});

test("a note appears if figures rest on few test images", () => {
  assert.match(basisWords(12), /only 12 test images/);
  assert.equal(basisWords(100), "");
  assert.equal(basisWords(undefined), "", "of no picture");
});

test("words of the vote and of the bound", () => {
  const reading = { vote: 7, votes: 8, nearest: Array(10).fill(0), log_likelihood: 870.25, kl: 50 };
  assert.equal(voteWords(reading, ["0", "1", "2", "3", "4", "5", "6", "seven".slice(0, 5)]), "8 of the 10 nearest images are “seven”");
  assert.equal(voteWords(reading, []), "");
  assert.match(boundWords(reading, { prior: "normal", codeDim: 2, latentDim: 2 }), /≥ 820\.[23] = 870\.[23] \(reconstruction\) − 50\.0 \(KL\)/);
  assert.doesNotMatch(boundWords(reading, { prior: null, codeDim: 2, latentDim: 2 }), /KL/);
  assert.match(boundWords(reading, { prior: "normal", codeDim: 5, latentDim: 2 }), /log p\(x \| y\) ≥/);
});

test("what is posted and answered is cut as it was packed", async () => {
  const blob = packHead({ a: "ü" }, new Uint8Array([1, 2, 3]), new Uint8Array([4]));
  const { head, rest } = parseHead(await blob.arrayBuffer());
  assert.deepEqual(head, { a: "ü" });
  assert.deepEqual(cut(rest, [[1, 3], [1, 1, 1]]).map((part) => [...part]), [[1, 2, 3], [4]]); // prettier-ignore
});

test("of what comes while something is done, the newest is next", async () => {
  const newest = new Newest();
  const done = [];
  let release;
  const first = new Promise((resolve) => (release = resolve));
  newest.run(() => first.then(() => done.push(1)));
  for (const number of [2, 3, 4]) newest.run(async () => done.push(number));
  release();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(done, [1, 4]);
  const complained = console.error;
  console.error = () => {};
  newest.run(async () => {
    throw new Error("once");
  });
  newest.run(async () => done.push(5));
  await new Promise((resolve) => setTimeout(resolve, 5));
  console.error = complained;
  assert.deepEqual(done, [1, 4, 5], "an error does not end it");
});

test("outlines run round what is odd, once a side", () => {
  assert.equal(outlines(new Uint8Array([0, 0, 0, 0, 1, 0, 0, 0, 0]), 3, 3).length, 4);
  assert.equal(outlines(new Uint8Array([1, 1, 0, 0]), 2, 2).length, 6);
  assert.equal(outlines(new Uint8Array(4).fill(1), 2, 2).length, 8, "at the border too");
  assert.equal(outlines(new Uint8Array(0), 2, 2).length, 0);
});

test("a box of any two corners, and whole fractions of a picture", () => {
  assert.deepEqual(ordered([0.7, 0.1, 0.2, 0.4]), [0.2, 0.1, 0.7, 0.4]);
  assert.deepEqual(sizesOf(28, 28), [1, 2, 4, 7]);
  assert.deepEqual(sizesOf(64, 48), [1, 2, 4, 8]);
});

test("a file's name is shown without signs that turn the direction of writing", () => {
  assert.equal(nameOf({ name: "photo\u202egnp.exe\u2066\u200f\u061c" }), "photognp.exe");
  assert.equal(nameOf({ name: "שלום.png" }), "שלום.png");
});
