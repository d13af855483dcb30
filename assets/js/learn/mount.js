import { mounting } from "../core/mounting.js";
import { LearnView } from "./learnview.js";

/** @param {import("../core/messages.js").LearnPage} page */
const identityOf = (page) => JSON.stringify([page.figures, page.mistake]);

export const { mount, unmount } = mounting(LearnView, ["explore", "learn"], identityOf);
