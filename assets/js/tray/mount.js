import { mounting } from "../core/mounting.js";
import { Tray } from "./tray.js";

/** @param {import("../core/messages.js").TrayPage} page */
const identityOf = ({ model }) => `${model.id} ${model.version}`;

export const { mount, unmount } = mounting(Tray, ["explore", "tray"], identityOf, ["go", "path"]);
