import { mounting } from "../core/mounting.js";
import { Explorer } from "./explorer.js";

/** @param {import("../core/messages.js").ExplorePage} page */
const identityOf = ({ model, map, directions }) => [model.id, model.codesUrl, map?.channel, ...directions.map(({ id }) => id)].join(" ");

export const { mount, unmount } = mounting(Explorer, ["explore", "audience_panel"], identityOf, ["go"]);
