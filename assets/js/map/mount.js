import { mounting } from "../core/mounting.js";
import { MapView } from "./mapview.js";

/** @param {import("../core/messages.js").MapPage} page */
const identityOf = ({ model, map }) => `${model.id} ${map.url} ${map.turn}`;

export const { mount, unmount } = mounting(MapView, ["explore", "map"], identityOf, ["stop", "ended"]);
