/** The Map page's pure parts. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { colorRange, colorings, groupColors } from "../../assets/js/map/colors.js";
import { Nearest } from "../../assets/js/core/nearest.js";
import { positionOf } from "../../assets/js/explore/directions.js";
import { plotlyText } from "../../assets/js/map/plotly.js";
import { between, turned } from "../../assets/js/map/space_plot.js";
import { axisTitles, captionOf, parseSearch } from "../../assets/js/map/texts.js";
import { ellipseOf, extent, indexOfTest, inside, parseDensity, parsePoints, typicalIndex } from "../../assets/js/core/points.js";

function random(seed) {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

function cloud(count, seed = 1) {
  const next = random(seed);
  return Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? 3 : 1) * (next() + next() - 1));
}

test("the nearest point is that of a search through all, within its reach", () => {
  const places = cloud(3000);
  const nearest = new Nearest(places, extent(places));
  const next = random(9);
  let found = 0;
  for (let turn = 0; turn < 300; turn++) {
    const [x, y] = [2.4 * next() - 1.2, 7 * next() - 3.5];
    const reach = [0.05, 0.15];
    let best = -1;
    let least = 1;
    for (let i = 0; i < 3000; i++) {
      const squared = ((places[2 * i] - x) / reach[0]) ** 2 + ((places[2 * i + 1] - y) / reach[1]) ** 2;
      if (squared < least) [best, least] = [i, squared];
    }
    assert.equal(nearest.find(x, y, reach), best);
    found += best >= 0;
  }
  assert.ok(found > 50 && found < 290, "both a hit and a miss were tried");
});

test("a point that is switched off is passed over", () => {
  const places = Float32Array.of(0, 0, 0.1, 0, 5, 5);
  const nearest = new Nearest(places, extent(places));
  assert.equal(nearest.find(0, 0, [1, 1]), 0);
  assert.equal(nearest.find(0, 0, [1, 1], (i) => i !== 0), 1);
  assert.equal(nearest.find(0, 0, [1, 1], () => false), -1);
});

test("points in one place do not break the grid", () => {
  const places = new Float32Array(200).fill(3);
  assert.equal(new Nearest(places, extent(places)).find(3, 3, [1, 1]) >= 0, true);
});

test("a lasso holds what lies inside its line, also where it is hollow", () => {
  const places = Float32Array.of(0.5, 0.5, 2.5, 0.5, 2.5, 2.5, 9, 9);
  const shape = [[0, 3, 3, 2, 2, 0], [0, 0, 1, 1, 0.9, 0.9]]; // prettier-ignore
  assert.deepEqual(inside(places, ...shape), [0, 1]);
  assert.deepEqual(inside(places, [0, 3, 3, 0], [0, 0, 3, 3]), [0, 1, 2]);
  assert.deepEqual(inside(places, [5, 6, 6], [5, 5, 6]), []);
});

/** As `zscope/serving/maps.py` sends them. */
function answer(head, blocks) {
  let text = JSON.stringify(head);
  text += " ".repeat((4 - (text.length % 4)) % 4);
  const parts = [new Uint8Array(Uint32Array.of(text.length).buffer), new TextEncoder().encode(text)];
  for (const block of blocks) parts.push(new Uint8Array(block.buffer));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}

const POINTS = parsePoints(
  answer({ points: 3, dimensions: 2, components: 2, total: 9, key: "k", shares: [0.5, 0.25] }, [
    Float32Array.of(0, 1, 2, 3, 4, 5),
    Float32Array.of(0.1, 0.2, 0.3),
    Float32Array.of(NaN, NaN, NaN),
    Float32Array.of(10, 20, 30),
    Float32Array.of(7, 8, 9, 10, 11, 12),
    Uint32Array.of(5, 6, 70_000),
    Uint16Array.of(1, 0, 1),
    Uint8Array.of(0, 0, 1),
  ]),
);

test("a camera turns about the vertical axis, and not over the top", () => {
  const close = (a, b) => assert.ok(Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z) < 1e-9, JSON.stringify([a, b]));
  close(turned({ x: 1, y: 0, z: 1 }, Math.PI / 2, 0), { x: 0, y: 1, z: 1 });
  close(turned({ x: 2, y: 0, z: 0 }, 0, Math.PI / 4), { x: Math.SQRT2, y: 0, z: Math.SQRT2 });
  const top = turned({ x: 1, y: 1, z: 0 }, 0, 9);
  assert.ok(Math.abs(Math.hypot(top.x, top.y, top.z) - Math.SQRT2) < 1e-9);
  assert.ok(top.x > 0.05 && top.y > 0.05 && top.z > 1.4, "above, and not on the other side");
  close(turned(turned(top, 0.3, 0), -0.3, 0), top);
});

test("a camera turns the shorter way round and keeps its distance", () => {
  const [start, end] = [[-2, 0.2, 1, 0, 0, 0], [-2, -0.2, 1, 0, 0, 0]]; // behind: azimuths of almost π and −π
  near(between(start, end, 0), start);
  near(between(start, end, 1), end);
  near(between(start, end, 0.5), [-Math.hypot(2, 0.2), 0, 1, 0, 0, 0]);
  const moved = between([1, 0, 0, 0, 0, 0], [1, 5, 0, 1, 1, 0], 0.5); // from distance 1 to 4, about a centre that moves
  near(moved.slice(3), [0.5, 0.5, 0]);
  assert.ok(Math.abs(Math.hypot(moved[0] - 0.5, moved[1] - 0.5, moved[2]) - 2) < 1e-9);
  assert.ok(between([0, 0, 0, 0, 0, 0], end, 0.5).every(Number.isFinite));

  function near(actual, expected) {
    actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5, `${actual} is not ${expected}`));
  }
});

test("points of three components are read, and drawn by the first two while the map is made", () => {
  const floats = (...values) => Float32Array.of(...values);
  const deep = parsePoints(
    answer({ points: 2, dimensions: 1, components: 3, total: 2, key: "k", shares: null }, [
      floats(0, 1, 2, 3, 4, 5), floats(1, 2), floats(1, 2), floats(1, 2), floats(7, 8), Uint32Array.of(5, 6), Uint16Array.of(0, 1), Uint8Array.of(0, 0),
    ]), // prettier-ignore
  );
  assert.deepEqual([...deep.places], [0, 1, 2, 3, 4, 5]);
  assert.deepEqual([...deep.codes], [7, 8]);
  assert.deepEqual(extent(deep.places, 3), { x: [0, 3], y: [1, 4] });
  assert.match(captionOf(deep, "PCA."), /^All 2 images. PCA. .*no lasso/);
});

test("points are read as they were sent", () => {
  assert.equal(POINTS.count, 3);
  assert.equal(POINTS.total, 9);
  assert.deepEqual([...POINTS.places], [0, 1, 2, 3, 4, 5]);
  assert.deepEqual([...POINTS.codes], [7, 8, 9, 10, 11, 12]);
  assert.deepEqual([...POINTS.rows], [5, 6, 70_000]);
  assert.deepEqual([...POINTS.labels], [1, 0, 1]);
  assert.deepEqual([...POINTS.splits], [0, 0, 1]);
  assert.deepEqual(extent(POINTS.places), { x: [0, 4], y: [1, 5] });
});

test("a map can be coloured by what it has", () => {
  const ids = (points, classes) => colorings(points, classes).map(({ id }) => id);
  assert.deepEqual(ids(POINTS, ["a", "b"]), ["class", "error", "distance", "split", "z0", "z1"]);
  assert.deepEqual(ids({ ...POINTS, splits: Uint8Array.of(0, 0, 0), elbo: Float32Array.of(1, 2, 3) }, []), ["error", "elbo", "distance", "z0", "z1"]);
  const [first] = colorings(POINTS, ["a", "b"]);
  assert.equal(first.of(2), 1);
  assert.equal(colorings(POINTS, []).at(-1).of(1), 10);
});

test("a map can be coloured by the attributes of the data set, which are fetched once", async () => {
  const asked = [];
  let fails = true;
  const fetchBytes = async (url) => {
    asked.push(url);
    if (fails) throw new Error("offline");
    return Float32Array.of(1, 0, NaN).buffer;
  };
  const attributes = [
    { name: "hat", kind: /** @type {const} */ ("binary"), url: "/0" },
    { name: "age", kind: /** @type {const} */ ("continuous"), url: "/1" },
  ];
  const choices = colorings(POINTS, ["a", "b"], attributes, fetchBytes);
  assert.deepEqual(choices.map(({ id }) => id).slice(0, 4), ["class", "attribute0", "attribute1", "error"]);
  const [hat, age] = choices.slice(1);
  await assert.rejects(hat.load(), /offline/);
  fails = false;
  await Promise.all([hat.load(), hat.load(), age.load()]);
  await hat.load();
  assert.deepEqual(asked, ["/0", "/0", "/1"]);
  assert.deepEqual(hat.groups, ["without hat", "with hat", "unknown"]);
  assert.deepEqual([0, 1, 2].map(hat.of), [1, 0, 2]);
  assert.deepEqual([0, 1].map(age.of), [1, 0]);
  assert.equal(age.groups, undefined);
  assert.ok(groupColors(hat, []).length >= 3);
  assert.deepEqual(groupColors(choices[0], ["#123"]), ["#123"]);
});

test("a few far-out values do not take all colours", () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => (i === 999 ? 1e9 : i / 1000));
  const [low, high] = colorRange(values);
  assert.ok(low >= 0 && low < 0.05 && high > 0.95 && high < 1);
  assert.deepEqual(colorRange(Float32Array.of(NaN)), [0, 1]);
});

test("a posterior's ellipse is that of its draws on the plane", () => {
  const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
  // Axes turned by 0.4 against two dimensions of spread 2 and 0.5; the third is not seen.
  const [major, minor, angle] = ellipseOf([[c, -s, 0], [s, c, 0]], [2, 0.5, 9]); // prettier-ignore
  assert.ok(Math.abs(major - 2) < 1e-9 && Math.abs(minor - 0.5) < 1e-9 && Math.abs(angle - 0.4) < 1e-9);
  // Three dimensions onto two: by numbers, the variance along each of many directions.
  const axes = [[0.6, 0.8, 0], [0, 0, 1]]; // prettier-ignore
  const [long, short, turn] = ellipseOf(axes, [1, 2, 3]);
  assert.ok(Math.abs(long - 3) < 1e-9 && Math.abs(short - Math.hypot(0.6, 1.6)) < 1e-9 && Math.abs(Math.abs(turn) - Math.PI / 2) < 1e-9);
});

test("a test image is found among the points, and no other split's", () => {
  const points = { count: 4, splits: Uint8Array.of(1, 0, 0, 2), rows: Uint32Array.of(7, 3, 7, 9) };
  assert.equal(indexOfTest(points, 7), 2);
  assert.equal(indexOfTest(points, 9), -1);
});

test("a code's position along a direction is 0 at its start and 1 at its end, whatever lies beside", () => {
  const direction = { vector: [3, 0, 4], start: [1, 1, 1] };
  assert.equal(positionOf([1, 1, 1], direction), 0);
  assert.equal(positionOf([4, 1, 5], direction), 1);
  assert.equal(positionOf([4 + 4, 50, 5 - 3], direction), 1);
});

test("a density is read as it is sent", () => {
  const buffer = new ArrayBuffer(8 + 4 * (3 + 2 + 6));
  new Uint32Array(buffer, 0, 2).set([3, 2]);
  new Float32Array(buffer, 8).set([1, 2, 3, 10, 20, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  const { x, y, z } = parseDensity(buffer);
  assert.deepEqual([[...x], [...y]], [[1, 2, 3], [10, 20]]); // prettier-ignore
  assert.deepEqual(z.map((row) => [...row].map((value) => Math.round(10 * value))), [[1, 2, 3], [4, 5, 6]]); // prettier-ignore
});

test("nothing in a name is a tag, an entity, a template or a formula of Plotly's", () => {
  assert.equal(plotlyText("<b>&amp;</b>"), "&#60;b&#62;&#38;amp;&#60;/b&#62;");
  assert.equal(plotlyText("%{meta} $x$"), "&#37;{meta} &#36;x&#36;");
  assert.equal(plotlyText("Ankle boot"), "Ankle boot");
});

test("a search finds a class or the number of a test image", () => {
  const classes = ["zero", "one", "7"];
  assert.deepEqual(parseSearch(" One ", classes), { label: 1 });
  assert.deepEqual(parseSearch("#12", classes), { row: 12 });
  assert.deepEqual(parseSearch("12", classes), { row: 12 });
  assert.deepEqual(parseSearch("7", classes), { label: 2 }, "a class comes first");
  assert.deepEqual(parseSearch("#7", classes), { row: 7 });
  assert.deepEqual(parseSearch("  ", classes), { error: "" });
  assert.match(parseSearch("three", classes).error, /Neither .*: three\. Search for #12 or a class\./);
});

test("axes have their share of the variance, and the caption the number of images", () => {
  assert.deepEqual(axisTitles({ shares: [0.5, 0.123] }, ["axis 1", "axis 2"]), ["axis 1 (50.0 % of the variance)", "axis 2 (12.3 % of the variance)"]);
  assert.deepEqual(axisTitles({ shares: null }, ["x", "y"]), ["x", "y"]);
  assert.equal(captionOf({ count: 10000, total: 10000 }, "PCA."), "All 10,000 images. PCA.");
  assert.equal(captionOf({ count: 20000, total: 70000 }, "PCA."), "Showing 20,000 of 70,000 images, each class by its share. PCA.");
});

test("the first current point is the image closest to its neighbours", () => {
  assert.equal(typicalIndex({ count: 4, distance: Float32Array.of(3, 2, 0.5, 9) }), 2);
});
