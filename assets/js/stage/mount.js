import { mounting } from "../core/mounting.js";
import { StageView } from "./stageview.js";

/** @param {import("../core/messages.js").StagePage} page */
const identityOf = ({ page, model, map, talk, turn }) => [page, model, map, talk?.id, turn].join(" ");

export const { mount, unmount } = mounting(StageView, ["explore", "stage"], identityOf, ["scene", "end"]);
