/** Every page's view is built from a message as Python sends it, and taken down again. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { CompareView } from "../../assets/js/compare/compareview.js";
import { Explorer } from "../../assets/js/explore/explorer.js";
import { MapView } from "../../assets/js/map/mapview.js";
import { PathsView } from "../../assets/js/paths/pathsview.js";
import { ReconstructView } from "../../assets/js/reconstruct/reconstructview.js";
import { installElements } from "./elements.js";

const MODEL = {
  id: "m", title: "M", latentDim: 3, codeDim: 3, imageShape: [2, 2, 1], classes: ["zero", "one"], images: 2, dataTitle: "D", prior: "normal", encodes: true,
  unit: 1, decodeRows: 64, codesUrl: "/codes?v=1", priorUrl: "/prior?v=1", imagesUrl: "/images?v=1", imagesVersion: "1",
}; // prettier-ignore
const CONDITIONAL = { ...MODEL, codeDim: 5 };
const PLANE = { ...MODEL, latentDim: 2, codeDim: 2 };
const MAP = { method: "pca", title: "PCA", settings: "method=pca", channel: "m?method=pca", url: "/map?v=1", densityUrl: "/density?v=1" };
const DIRECTION = { id: "d", title: "zero to one", a: "zero", b: "one", vector: [1, 0, 0], start: [0, 0, 0], low: -1, high: 2 };
const POINT = { z: [0, 0, 0], image: null };

const dimensionsOf = ({ latentDim }) =>
  Array.from({ length: latentDim }, (_, index) => ({ index, active: index !== 2, kl: 1, effect: 1, spread: 1, low: -2, high: 2, median: 0, histogram: [0, 1, 0] }));
const pageOf = (model, more = {}) => ({ base: "", model, dimensions: dimensionsOf(model), colors: ["#f00", "#0f0"], point: POINT, map: MAP, ...more });

class Observer {
  observe() {}
  disconnect() {}
}

class Socket {
  send() {}
  close() {}
}

beforeEach(() => {
  installElements();
  Object.assign(globalThis, {
    window: new EventTarget(),
    location: new URL("http://localhost/"),
    history: { state: null, replaceState() {} },
    HTMLInputElement: class {},
    ResizeObserver: Observer,
    MutationObserver: Observer,
    WebSocket: Socket,
    devicePixelRatio: 1,
    requestAnimationFrame: () => 1,
    cancelAnimationFrame: () => {},
    matchMedia: () => ({ matches: true }),
    getComputedStyle: () => ({ getPropertyValue: () => "" }),
    fetch: () => new Promise(() => {}), // no server answers
    ImageData: class {
      constructor(width, height) {
        this.data = new Uint8ClampedArray(4 * width * height);
      }
    },
  });
});

/** Build a view and return the texts of its buttons and headings. */
function built(View, page) {
  const root = document.createElement("div");
  const view = new View(root, page, () => {});
  const texts = ["button", "h1", "h2", "h3"].flatMap((tag) => root.querySelectorAll(tag).map(({ textContent }) => textContent));
  view.destroy();
  assert.equal(root.children.length, 0, "nothing is left");
  return texts;
}

function includes(texts, ...expected) {
  for (const text of expected) assert.ok(texts.includes(text), `${text} is not among: ${texts.join(" | ")}`);
}

test("Explore has sliders, actions, a map and directions", () => {
  const texts = built(Explorer, pageOf(MODEL, { directions: [DIRECTION], reach: "network" }));
  includes(texts, "Play", "Sample prior", "Random test image", "Sample posterior", "Go to mean", "Present", "Map", "Directions");
});

test("Explore of a conditional model has its classes, and of a plane the plane", () => {
  includes(built(Explorer, pageOf(CONDITIONAL, { point: null, map: null, directions: [], reach: "network" })), "Class", "zero", "one", "Make map");
  includes(built(Explorer, pageOf(PLANE, { point: { z: [0, 0], image: null }, map: null, directions: [], reach: "network" })), "Latent plane", "Both", "Pictures", "Points");
});

test("a plain autoencoder has no prior to sample", () => {
  const texts = built(Explorer, pageOf({ ...MODEL, prior: null, priorUrl: null }, { directions: [], reach: "network" }));
  includes(texts, "Sample code");
  assert.ok(!texts.includes("Sample prior"));
});

test("the map has the current point", () => {
  const making = { key: "k", linear: true, components: 2, names: ["axis 1", "axis 2"], explained: "", ready: false, turn: 0, statusUrl: "/s", frameUrl: "/f", sheetsUrl: "/x/SPLIT", imagesUrl: "/y/SPLIT" };
  globalThis.window.Plotly = {};
  includes(built(MapView, { base: "", model: MODEL, palette: ["#f00"], plotlyUrl: "/p", point: null, map: { ...MAP, ...making } }), "Current point", "Stop map");
});

test("Interpolate has stops, rows, corners, a map and the export", () => {
  const stops = [{ ...POINT, hold: 0 }, { ...POINT, z: [1, 1, 1], hold: 1 }];
  const form = { explained: "", converges: false, color: "#fff", dashes: [] };
  const paths = [
    { ...form, key: "linear", title: "Straight", script: "linear" },
    { ...form, key: "geodesic", title: "Geodesic", script: "" },
  ];
  const texts = built(PathsView, pageOf(MODEL, { stops, paths, pathUrl: "/path", movieUrl: "/movie" }));
  includes(texts, "Interpolate", "A", "B", "+ Add stop", "Choose on map", "Use point", "Straight", "Geodesic", "On the map", "Export");
});

test("Reconstruct has its sources, the code, the repair and the steps", () => {
  const wants = { content: "object", light: true, background: 0, extent: 1, centre: "box", middle: [0.5, 0.5] };
  const texts = built(ReconstructView, pageOf(CONDITIONAL, { wants, url: "/models/m" }));
  includes(texts, "Your image", "Draw", "Upload", "Open camera", "Random test image", "Open in Explore", "Reset to my image", "Repair", "Hide lower half", "Preparation", "Nearest test images");
});

test("Compare has both models, their maps and figures", () => {
  const side = (model) => ({ model, dimensions: dimensionsOf(model) });
  const figures = [{ name: "MSE", a: "1", b: "2", difference: "1 ± 0.1", paired: true, better: "a", note: "" }];
  const page = { base: "", a: side(MODEL), b: side({ ...MODEL, id: "n", title: "N" }), same: true, colors: ["#f00"], point: POINT, maps: [{ method: "pca", a: MAP, b: MAP }], making: [], matchingUrl: "/a", changeUrl: "/b", neighboursUrl: "/c", figures };
  includes(built(CompareView, page), "A M", "B N", "Reset to the image", "All dimensions", "The same images in both maps", "Figures on the test images");
  const apart = { ...page, same: false, maps: [] };
  assert.ok(!built(CompareView, apart).includes("The same images in both maps"));
});
