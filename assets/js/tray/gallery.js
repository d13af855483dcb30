/** Draws favourites with their titles as one picture. */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";

const TILE = 160; // pixels
const GAP = 16;
const TEXT = 26;
const MOST_COLUMNS = 6;

/**
 * @param {import("./favourites.js").Favourite[]} list
 * @param {string} title of the model, above the pictures
 * @returns {Promise<Blob>} a PNG
 */
export async function drawGallery(list, title) {
  const pictures = await Promise.all(list.map(({ picture }) => load(picture)));
  const columns = Math.min(MOST_COLUMNS, list.length);
  const rows = Math.ceil(list.length / columns);
  const canvas = element("canvas", { width: GAP + columns * (TILE + GAP), height: TEXT + 2 * GAP + rows * (TILE + TEXT + GAP) });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#111";
  context.font = "600 18px system-ui, sans-serif";
  context.fillText(title, GAP, GAP + 18, canvas.width - 2 * GAP);
  context.font = "14px system-ui, sans-serif";
  context.textAlign = "center";
  list.forEach((one, index) => {
    const x = GAP + (index % columns) * (TILE + GAP);
    const y = TEXT + 2 * GAP + Math.floor(index / columns) * (TILE + TEXT + GAP);
    const picture = pictures[index];
    const scale = TILE / Math.max(picture.width, picture.height);
    context.imageSmoothingEnabled = Math.max(picture.width, picture.height) >= 64;
    context.drawImage(picture, x, y, picture.width * scale, picture.height * scale);
    context.fillText(one.title || String(index + 1), x + TILE / 2, y + TILE + 18, TILE);
  });
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(t("The browser can't draw so large a picture. Delete some favourites."))))));
}

/** @param {string} url @returns {Promise<HTMLImageElement>} */
function load(url) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error(t("A picture is not decoded yet. Try again.")));
    image.src = url;
  });
}
