/**
 * The address bar holds the model and the code. It is updated when an input ends, so that the link can be copied at any time.
 * The entry is replaced, not pushed: the Back button leaves the page.
 */

/** A code as `zscope/ui/links.py` reads it: three decimals, no trailing zeros. @param {ArrayLike<number>} z */
export function formatPoint(z) {
  return Array.from(z, (value) => String(Number(value.toFixed(3)) || 0)).join(",");
}

/**
 * @param {string} model id
 * @param {ArrayLike<number> | null} z null during the animation
 * @param {number | null} image index of the test image that it is the code of
 */
export function writeLink(model, z, image) {
  const other = new URLSearchParams(location.search).get("model") !== model;
  write({ model, z: z && formatPoint(z), image: z && image, ...(other && { map: null, camera: null }) }); // a map belongs to one model
}

/** @param {string} settings of the map that is shown, see `zscope/library/maps/spec.py` @param {number[] | null} camera of a map in 3-D; null: the usual one */
export function writeMap(settings, camera) {
  write({ map: settings, camera: camera && formatPoint(camera) });
}

function write(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  history.replaceState(history.state, "", `?${query.toString().replaceAll("%2C", ",")}${location.hash}`);
}
