/**
 * Draws pixels on canvases. A canvas has as many pixels as the picture; CSS enlarges it.
 */

/**
 * @param {[number, number, number]} shape height, width, channels
 * @param {string} label for screen readers
 * @param {string} [classes]
 */
export function pictureCanvas(shape, label, classes = "picture") {
  const canvas = document.createElement("canvas");
  canvas.height = shape[0];
  canvas.width = shape[1];
  canvas.className = classes;
  if (label) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
  } else canvas.setAttribute("aria-hidden", "true"); // a text beside it says what it is
  // Small pictures keep sharp pixels; pictures of 64 pixels or more are smoothed.
  if (Math.max(shape[0], shape[1]) < 64) canvas.style.imageRendering = "pixelated";
  return canvas;
}

/**
 * Grey or colour pixels → RGBA.
 *
 * @param {Uint8Array} pixels h × w × channels
 * @param {[number, number, number]} shape
 * @returns {ImageData}
 */
export function toImageData(pixels, [height, width, channels]) {
  const image = new ImageData(width, height);
  const rgba = new Uint32Array(image.data.buffer);
  if (channels === 1) {
    for (let i = 0; i < rgba.length; i++) rgba[i] = 0xff000000 | (pixels[i] * 0x010101);
  } else {
    for (let i = 0; i < rgba.length; i++) {
      rgba[i] = 0xff000000 | (pixels[3 * i + 2] << 16) | (pixels[3 * i + 1] << 8) | pixels[3 * i];
    }
  }
  return image;
}

/** Paint pixels on a canvas of their size. */
export function paint(canvas, pixels, shape) {
  canvas.getContext("2d").putImageData(toImageData(pixels, shape), 0, 0);
}

/** The pixels in a message from Python. @param {string} text base64 @returns {Uint8Array} */
export function pixelsOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/**
 * The signed difference b − a: orange where b is brighter, blue where it is darker (readable with any colour vision). The
 * strength is computed from all channels, so that two hues of the same brightness differ.
 *
 * @returns {{image: ImageData, mse: number}} mse per pixel value, pixels in [0, 1]
 */
export function difference(a, b, [height, width, channels]) {
  const image = new ImageData(width, height);
  let squares = 0;
  for (let i = 0; i < height * width; i++) {
    let sum = 0;
    let square = 0;
    for (let c = 0; c < channels; c++) {
      const d = (b[i * channels + c] - a[i * channels + c]) / 255;
      square += d * d;
      sum += d;
    }
    squares += square;
    const strength = Math.min(1, Math.sqrt(square / channels) * 1.4);
    const [red, green, blue] = sum > 0 ? [255, 160, 60] : [80, 160, 255];
    image.data.set([red * strength, green * strength, blue * strength, 255], 4 * i);
  }
  return { image, mse: squares / (height * width * channels) };
}
