/** The Audience panel: opens a room for phones, and shows its QR code, link, number of phones, and what phones may do. */

import { Broadcast } from "./broadcast.js";
import { copyText } from "./clipboard.js";
import { element, setText } from "./dom.js";

const REACH = {
  network: "",
  computer: "Zscope accepts connections from this computer only, so phones cannot open the link. To let phones connect, stop Zscope and start it with: zscope --host",
  none: "This computer has no network address, so phones cannot open the link. Connect it to a network, then start a new session.",
};

export class Audience {
  #broadcast;
  #chosen = ""; // address of the link that is shown
  #change = () => this.#show();

  /**
   * @param {string} base of our routes
   * @param {keyof typeof REACH} reach who could open the link of a session
   * @param {import("./broadcast.js").Followed} followed what phones follow while this page is open
   */
  constructor(base, reach, followed) {
    this.reach = reach;
    this.followed = followed;
    this.#broadcast = Broadcast.of(base);
    this.button = this.#opener("button"); // while a session is open
    this.corner = this.#opener("button.audience-corner");
    this.panel = this.#build();
    for (const button of [this.button, this.corner]) button.popoverTargetElement = this.panel;
    this.#broadcast.addEventListener("change", this.#change);
    this.#broadcast.follow(followed);
    this.#show();
  }

  destroy() {
    this.#broadcast.removeEventListener("change", this.#change);
    this.#broadcast.release(this.followed.point);
  }

  /** Open the panel. */
  show() {
    this.panel.showPopover();
  }

  /** @param {string} tag */
  #opener(tag) {
    return element(/** @type {`button.${string}`} */ (tag), { type: "button", text: "Audience", title: "Let phones in the room follow the point" });
  }

  #build() {
    this.intro = element("p", { text: "Phones that open the link see the picture and follow the point. They see nothing else of this app." });
    this.reason = element("p", { role: "status" });
    this.start = element("button.play", { type: "button", text: "Start session", onclick: () => this.#start() });
    const early = element("p.warning", { text: REACH[this.reach], hidden: !REACH[this.reach] });
    this.off = element("div.audience-off", {}, this.intro, early, this.reason, this.start);

    this.code = element("img", { alt: "QR code of the link" });
    this.address = element("select", { "aria-label": "Network address", title: "This computer has several network addresses. Choose the one of the network that the phones use", onchange: () => this.#choose(this.address.value) });
    this.link = element("a.audience-link", { target: "_blank", rel: "noopener noreferrer" });
    this.copy = element("button", { type: "button", text: "Copy link", onclick: () => this.#copy() });
    this.copied = element("span.aside", { role: "status" });
    this.warning = element("p.warning");
    this.count = element("p.audience-count", { role: "status" });
    this.moving = element("input", { type: "checkbox", onchange: () => this.#broadcast.allowMoving(this.moving.checked) });
    const end = element("button", { type: "button", text: "End session", onclick: () => this.#broadcast.stop() });
    this.on = element(
      "div.audience-on",
      {},
      this.code,
      element(
        "div.audience-side",
        {},
        this.warning,
        this.count,
        this.address,
        this.link,
        element("div.audience-row", {}, this.copy, this.copied),
        element("label", {}, this.moving, "Let phones move the point"),
        end,
      ),
    );
    const close = element("button", { type: "button", text: "✕", title: "Close", "aria-label": "Close", onclick: () => this.panel.hidePopover() });
    return element("section.audience-panel", { popover: "auto", role: "dialog", "aria-label": "Audience" }, element("header", {}, element("h2", { text: "Audience" }), close), this.off, this.on);
  }

  #start() {
    this.#broadcast.start().catch(() => {}); // the panel shows the reason
  }

  async #copy() {
    try {
      await copyText(this.#chosen);
      this.copied.textContent = "Copied the link.";
    } catch (error) {
      this.copied.textContent = error.message;
    }
  }

  /** @param {string} url */
  #choose(url) {
    this.#chosen = url;
    this.#show();
  }

  #show() {
    const { state, room, count, moving, reason } = this.#broadcast;
    const on = Boolean(room);
    setText(this.button, `▦ ${count}`);
    setText(this.corner, on ? `Audience · ${count}` : "Audience");
    this.button.hidden = !on;
    for (const button of [this.button, this.corner]) {
      button.setAttribute("aria-label", on ? `Audience: ${phones(count)}` : "Audience");
      button.classList.toggle("in-session", on);
    }
    this.off.hidden = on;
    this.on.hidden = !on;
    this.start.disabled = state !== "off";
    setText(this.reason, state === "off" ? reason : "Starting …");
    if (!on) return;
    const shown = room.links.find(({ url }) => url === this.#chosen) ?? room.links[0];
    if (this.#chosen !== shown.url || this.code.getAttribute("src") === null) {
      this.copied.textContent = "";
      this.code.setAttribute("src", `data:image/svg+xml,${encodeURIComponent(shown.qr)}`);
    }
    this.#chosen = shown.url;
    this.address.hidden = room.links.length < 2;
    this.address.replaceChildren(...room.links.map(({ url }) => element("option", { value: url, text: new URL(url).host, selected: url === shown.url })));
    this.link.href = shown.url;
    setText(this.link, shown.url.replace(/^https?:\/\//, ""));
    setText(this.warning, REACH[room.reach]);
    this.warning.hidden = !REACH[room.reach];
    setText(this.count, state === "lost" ? "Connection lost. Reconnecting …" : phones(count));
    this.moving.checked = moving;
  }
}

/** @param {number} count */
function phones(count) {
  return count === 1 ? "1 phone is connected" : `${count} phones are connected`;
}
