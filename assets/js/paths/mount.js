import { mounting } from "../core/mounting.js";
import { PathsView } from "./pathsview.js";

/** @param {import("../core/messages.js").PathsPage} page */
const identityOf = ({ model, map }) => `${model.id} ${model.codesUrl} ${map?.channel}`;

export const { mount, unmount } = mounting(PathsView, ["explore", "paths"], identityOf, ["go"]);
