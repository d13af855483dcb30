import { mounting } from "../core/mounting.js";
import { CompareView } from "./compareview.js";

/** @param {import("../core/messages.js").ComparedModel} side */
const of = ({ model }) => `${model.id} ${model.codesUrl}`;
/** @param {import("../core/messages.js").ComparePage} page */
const identityOf = ({ a, b, maps }) => [of(a), of(b), ...maps.map((map) => map.a.url)].join(" ");

export const { mount, unmount } = mounting(CompareView, ["explore", "reconstruct", "compare"], identityOf, ["made"]);
