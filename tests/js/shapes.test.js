/** Shapes of classes. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { SHAPES, clipOf, hasShapes, keepShapes, shapeOf, traceShape } from "../../assets/js/core/shapes.js";

test("classes differ in the pair of colour and shape, up to a hundred", () => {
  const pairs = (count, colors) => new Set(Array.from({ length: count }, (_, group) => `${group % colors} ${shapeOf(group, colors).flat}`)).size;
  assert.equal(pairs(100, 10), 100);
  assert.equal(new Set(Array.from({ length: 10 }, (_, group) => shapeOf(group, 10).flat)).size, 10, "ten classes need no colours");
  assert.equal(pairs(3, 3), 3);
});

test("a shape lies around its middle, and fits into its swatch", () => {
  for (const shape of SHAPES) {
    const seen = [];
    const context = { moveTo: (x, y) => seen.push([x, y]), lineTo: (x, y) => seen.push([x, y]), arc: (x, y, radius) => seen.push([x - radius, y]), closePath() {} };
    traceShape(context, shape, 100, 50, 10);
    for (const axis of [0, 1]) {
      const values = seen.map((corner) => corner[axis] - [100, 50][axis]);
      if (shape.corners) assert.ok(Math.min(...values) < -5 && Math.max(...values) > 5, shape.flat);
      assert.ok(Math.max(...values.map(Math.abs)) <= 12, shape.flat);
    }
    for (const [percent] of clipOf(shape).matchAll(/-?[\d.]+(?=%)/g)) assert.ok(percent >= -1 && percent <= 101, `${shape.flat} ${percent}`);
  }
});

test("the switch is kept", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  assert.equal(hasShapes(storage), false);
  keepShapes(true, storage);
  assert.equal(hasShapes(storage), true);
  keepShapes(false, storage);
  assert.equal(hasShapes(storage), false);
});
