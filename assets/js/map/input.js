/**
 * Pointer and keyboard on the map: hovering, clicks, dragging the marker, arrow keys.
 */

const CLICK = 4; // pixels that the pointer may move between press and release
const REST = 400; // ms without an arrow key after which the point rests

export class MapInput {
  /** @type {[number, number] | null} where the pointer was pressed for a click */
  #pressed = null;
  #resting = 0;

  /**
   * @param {{plotNode: HTMLElement, plot: import("./plot.js").Plot, overlay: import("./overlay.js").Overlay, card: import("./card.js").HoverCard,
   *     hover: import("./hover.js").Hover, drag: import("../core/map_drag.js").MapDrag}} parts of the map
   * @param {{goTo: (index: number) => void, dragTo: (place: [number, number], since: number) => void}} actions
   */
  constructor({ plotNode, plot, overlay, card, hover, drag }, actions) {
    this.plotNode = plotNode;
    this.plot = plot;
    this.overlay = overlay;
    this.card = card;
    this.hover = hover;
    this.drag = drag;
    this.actions = actions;
    this.release = (event) => this.#released(event);
    this.stray = (event) => this.#strayed(event);
    plotNode.addEventListener("pointermove", (event) => this.#hovered(event));
    plotNode.addEventListener("pointerleave", () => hover.leave());
    // Plotly uses the press for dragging: a click is a press and a release without movement.
    plotNode.addEventListener("mousedown", (event) => (this.#pressed = isControl(event) ? null : [event.clientX, event.clientY]), true);
    window.addEventListener("mousemove", this.stray, true);
    window.addEventListener("mouseup", this.release, true);
    this.#listenToMarker();
  }

  destroy() {
    clearTimeout(this.#resting);
    window.removeEventListener("mousemove", this.stray, true);
    window.removeEventListener("mouseup", this.release, true);
  }

  #listenToMarker() {
    const { marker } = this.overlay;
    marker.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      marker.setPointerCapture(event.pointerId);
      this.card.hide();
      event.stopPropagation();
    });
    marker.addEventListener("pointermove", (event) => {
      if (!marker.hasPointerCapture(event.pointerId)) return;
      const place = this.#placeOf(event);
      if (place) this.actions.dragTo(place, event.timeStamp);
    });
    marker.addEventListener("pointerup", () => this.drag.letGo());
    marker.addEventListener("keydown", (event) => this.#nudge(event));
  }

  /** The place under the cursor; null beside the axes. @param {MouseEvent} event @returns {[number, number] | null} */
  #placeOf(event) {
    const box = this.plotNode.getBoundingClientRect();
    return this.plot.toPlace(event.clientX - box.left, event.clientY - box.top);
  }

  #hovered(event) {
    const place = event.buttons || isControl(event) ? null : this.#placeOf(event);
    if (place) this.hover.over(place, event);
    else this.hover.leave();
  }

  /** A lasso ends where it began, but is not a click. */
  #strayed({ clientX, clientY }) {
    if (this.#pressed && Math.hypot(clientX - this.#pressed[0], clientY - this.#pressed[1]) > CLICK) this.#pressed = null;
  }

  #released(event) {
    const pressed = this.#pressed;
    this.#pressed = null;
    if (!pressed || event.button !== 0) return;
    const place = this.#placeOf(event);
    if (!place) return;
    const index = this.hover.pointAt(place);
    if (index >= 0) this.actions.goTo(index);
    else {
      this.actions.dragTo(place, event.timeStamp);
      this.drag.letGo();
    }
  }

  #nudge(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const { place } = this.overlay;
    if (!step || !place) return;
    event.preventDefault();
    const size = this.plot.view().unit * (event.shiftKey ? 1 : 8);
    this.actions.dragTo([place[0] + step[0] * size, place[1] + step[1] * size], event.timeStamp);
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.drag.letGo(), REST);
  }
}

/** Whether the pointer is over Plotly's buttons or legend, which lie over the map. */
function isControl({ target }) {
  return Boolean(target.closest?.(".modebar, .legend"));
}
