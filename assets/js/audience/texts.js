/** The texts of the phones' page. Pure. */

import { t } from "../core/language.js";

/** @typedef {import("../core/messages.js").RoomState} RoomState */

/**
 * The state of the session in words.
 *
 * @param {import("./connection.js").ConnectionState} connection
 * @param {RoomState | null} room null before the first message
 */
export function statusText(connection, room) {
  switch (connection) {
    case "connecting":
      return t("Connecting …");
    case "lost":
      return t("Connection lost. Reconnecting …");
    case "full":
      return t("Too many phones are connected. Trying again …");
    case "refused":
      return t("The server closed the connection. Reload the page.");
    case "ended":
      return room ? t("The speaker ended the session.") : t("This session has ended. Ask the speaker for a new link.");
  }
  if (room?.state === "live") return room.moving ? t("Live. You can move the point.") : t("Live");
  return room?.state === "away" ? t("The speaker is not connected. Waiting for the speaker") : t("Waiting for the speaker");
}

/** The class of the image nearest to the point; "" if the data have no classes. @param {RoomState} room @param {number | null} shownClass */
export function classText({ classes = [] }, shownClass) {
  return shownClass === null ? "" : (classes[shownClass] ?? "");
}
