/** Where pictures come from on the Reconstruct page: several files, and the camera. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Camera } from "../../assets/js/reconstruct/camera.js";
import { PictureInput } from "../../assets/js/reconstruct/input.js";
import { PictureTable } from "../../assets/js/reconstruct/picturetable.js";
import { packHead } from "../../assets/js/core/head.js";
import { installElements } from "./elements.js";

const MODEL = { imageShape: [2, 2, 1], classes: ["zero", "one"], prior: "normal", latentDim: 2, codeDim: 2 };
const WANTS = { content: "object", light: true, background: 0, extent: 1, centre: "box", middle: [0.5, 0.5] };
const TOLD = { found: true, unusual: 10, mse: 0.01, mse_percentile: 5, kl: 3, kl_percentile: 5, off_data: 5, distance: 1, nearest: [1, 2], vote: 1, votes: 2, compared: 12 };

beforeEach(() => {
  installElements();
  globalThis.ImageData = class {
    constructor(width, height) {
      this.data = new Uint8ClampedArray(4 * width * height);
    }
  };
});

/** A server that reads the files of these names alone. */
function serverThatReads(...names) {
  globalThis.fetch = async (url, { body }) => {
    if (!names.includes(body.name)) return { ok: false, status: 400, json: async () => ({ code: "data", message: "the picture is not an image.", mend: "Use PNG." }) };
    return { ok: true, arrayBuffer: () => packHead(TOLD, new Uint8Array(8)).arrayBuffer() };
  };
}

function tableOf() {
  return new PictureTable(MODEL, "/models/m", () => {});
}

test("when no file could be read, the table's title says so and the reasons are open", async () => {
  serverThatReads();
  const table = tableOf();
  await table.read([new File(["x"], "a.txt"), new File(["y"], "b.txt")]);
  assert.equal(table.title.textContent, "No file could be read");
  assert.equal(table.refusals.hidden, false);
  assert.equal(table.refusals.open, true);
  assert.equal(table.refusals.children[0].textContent, "2 files were not read");
  assert.deepEqual(table.refusals.children[1].children.map(({ textContent }) => textContent), ["a.txt is not an image. Use PNG.", "b.txt is not an image. Use PNG."]);
  assert.equal(table.frame.hidden, true, "an empty table is not shown");
  assert.equal(table.exportButton.disabled, true);
  assert.equal(table.message.textContent, "");
});

test("when some files were read, the reasons stay closed below their number", async () => {
  serverThatReads("good.png");
  const table = tableOf();
  await table.read([new File(["x"], "good.png"), new File(["y"], "bad.txt")]);
  assert.equal(table.title.textContent, "1 picture, the most unusual first");
  assert.equal(table.refusals.children[0].textContent, "1 file was not read");
  assert.equal(table.refusals.open, false);
  assert.equal(table.frame.hidden, false);
  assert.equal(table.body.children.length, 1);
  assert.match(table.message.textContent, /only 12 test images/);
});

/** A browser whose camera answers when the test says so. */
function pendingCamera() {
  const answer = {};
  const pending = new Promise((resolve, reject) => Object.assign(answer, { resolve, reject }));
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { mediaDevices: { getUserMedia: () => pending } } });
  return answer;
}

/** An input whose camera is being opened, and the errors that it shows. */
function openingCamera() {
  const shown = [];
  const nothing = () => {};
  const input = new PictureInput(MODEL, WANTS, { onInk: nothing, onPicture: nothing, onMany: nothing, onChoose: nothing, onOpen: nothing, onError: (error) => shown.push(error.message) });
  input.buttons.find(({ textContent }) => textContent.includes("amera")).click();
  return { input, shown };
}

const later = () => new Promise((resolve) => setTimeout(resolve, 5));
const refusal = () => Object.assign(new Error("no"), { name: "NotAllowedError" });

test("an error of the camera is shown", async () => {
  const camera = pendingCamera();
  const { input, shown } = openingCamera();
  camera.reject(refusal());
  await later();
  assert.equal(shown.length, 1);
  assert.match(shown[0], /^Can't use a camera: the browser does not allow it\. .*upload a picture/);
  assert.equal(input.mode, "pad");
});

test("an error of the camera that arrives after another source was chosen is not shown", async () => {
  const camera = pendingCamera();
  const { input, shown } = openingCamera();
  input.choose();
  camera.reject(refusal());
  await later();
  assert.deepEqual(shown, []);
});

test("a camera that is allowed after another source was chosen is switched off again", async () => {
  const answer = pendingCamera();
  const stopped = [];
  const camera = new Camera(() => {}, () => {});
  const opened = camera.open(() => false);
  answer.resolve({ getTracks: () => [{ stop: () => stopped.push("video") }] });
  assert.equal(await opened, false);
  assert.deepEqual(stopped, ["video"]);
  assert.equal(camera.on, false);
});
