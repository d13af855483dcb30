import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";

import { errorOf, faultText, withAdvice } from "../../assets/js/core/failure.js";
import { setLanguage } from "../../assets/js/core/catalogue.js";
import { chosenLanguage, currentLanguage, formatCount, sentences, t, tn, useLanguage, withNodes } from "../../assets/js/core/language.js";

const CHINESE = { "{n} image": ["{n} 张图像"], Play: "播放", "Save {name} as {format}": "将 {name} 存为 {format}" };

/** Answers requests from an object, and counts them. @param {Record<string, unknown>} answers by address */
function serve(answers) {
  const asked = [];
  globalThis.fetch = /** @type {any} */ (
    async (url) => {
      asked.push(url);
      const answer = answers[url];
      return { ok: answer !== undefined, status: answer ? 200 : 404, json: async () => answer };
    }
  );
  return asked;
}

afterEach(() => setLanguage("en"));

describe("English", () => {
  test("needs no request", async () => {
    const asked = serve({});
    await setLanguage("en", "/app");
    await setLanguage(undefined, "/app");
    assert.deepEqual(asked, []);
    assert.equal(currentLanguage(), "en");
  });

  test("is the text of the source with its values", () => {
    assert.equal(t("Play"), "Play");
    assert.equal(t("Save {name} as {format}", { name: "{format}", format: "PNG" }), "Save {format} as PNG");
    assert.equal(t("No value for {name}"), "No value for {name}");
    assert.equal(t("No value for {constructor}", {}), "No value for {constructor}");
  });

  test("has a form for one and a form for other numbers", () => {
    assert.equal(tn("{n} image", "{n} images", 1), "1 image");
    assert.equal(tn("{n} image", "{n} images", 0), "0 images");
    assert.equal(tn("{n} image", "{n} images", 12345), "12,345 images");
    assert.equal(tn("{n} image of {all}", "{n} images of {all}", 2, { n: "two", all: 5 }), "two images of 5");
  });
});

describe("another language", () => {
  test("is loaded once, from below the base, and translates", async () => {
    const asked = serve({ "/app/assets/languages/zh-Hans/messages.json": CHINESE });
    await Promise.all([setLanguage("zh-Hans", "/app"), setLanguage("zh-Hans", "/app")]);
    assert.deepEqual(asked, ["/app/assets/languages/zh-Hans/messages.json"]);
    assert.equal(currentLanguage(), "zh-Hans");
    assert.equal(t("Play"), "播放");
    assert.equal(t("Save {name} as {format}", { name: "a", format: "PNG" }), "将 a 存为 PNG");
    assert.equal(tn("{n} image", "{n} images", 1), "1 张图像");
    assert.equal(tn("{n} image", "{n} images", 2000), "2,000 张图像");
    assert.equal(t("Not translated"), "Not translated");
    await setLanguage("en", "/app");
    assert.equal(t("Play"), "Play");
    await setLanguage("zh-Hans", "/app");
    assert.equal(asked.length, 1);
  });

  test("is English while its texts cannot be loaded", async () => {
    const complaint = console.error;
    console.error = () => {};
    serve({});
    await setLanguage("xx", "");
    assert.equal(currentLanguage(), "en");
    assert.equal(t("Play"), "Play");
    serve({ "/assets/languages/xx/messages.json": { Play: "Spiel" } });
    await setLanguage("xx", "");
    assert.equal(t("Play"), "Spiel");
    console.error = complaint;
  });

  test("does not replace a later choice when its texts arrive", async () => {
    let arrive;
    globalThis.fetch = /** @type {any} */ (() => new Promise((resolve) => (arrive = () => resolve({ ok: true, json: async () => ({ Play: "Spela" }) }))));
    const slow = setLanguage("sv", "");
    await setLanguage("en", "");
    arrive();
    await slow;
    assert.equal(currentLanguage(), "en");
    assert.equal(t("Play"), "Play");
  });

  test("has as many plural forms as it needs", () => {
    useLanguage("pl", { "{n} image": ["{n} obraz", "{n} obrazy", "{n} obrazów"] });
    assert.deepEqual([1, 3, 5, 22].map((n) => tn("{n} image", "{n} images", n)), ["1 obraz", "3 obrazy", "5 obrazów", "22 obrazy"]); // prettier-ignore
  });

  test("separates thousands in its own way", () => {
    assert.equal(formatCount(1234567), "1,234,567");
    useLanguage("de", {});
    assert.equal(formatCount(1234567), "1.234.567");
  });
});

test("elements stand where the text has their placeholders", () => {
  const [a, b] = /** @type {any[]} */ ([{ a: 1 }, { b: 1 }]);
  assert.deepEqual(withNodes("{b} and {a}, not {c}", { a, b }), [b, " and ", a, ", not ", "{c}"]);
});

test("the browser's languages choose, by language and script", () => {
  const chosen = (...asked) => chosenLanguage(asked, ["zh-Hans"]);
  assert.equal(chosen("zh-CN", "en"), "zh-Hans");
  assert.equal(chosen("zh"), "zh-Hans");
  assert.equal(chosen("zh-SG"), "zh-Hans");
  assert.equal(chosen("en-GB", "zh-CN"), "en");
  assert.equal(chosen("fr-FR", "zh-Hans-CN", "en"), "zh-Hans");
  assert.equal(chosen("zh-TW"), "en"); // traditional characters
  assert.equal(chosen("not a tag", "xx"), "en");
  assert.equal(chosen(), "en");
});

describe("an error of the server", () => {
  const fault = {
    code: "bad_request",
    message: "A part failed: 2 files are too large (1,024 MB).",
    mend: "Send smaller files.",
    parts: {
      template: "A part failed: {reason}",
      values: { reason: { template: "{n} file is too large ({size}).", plural: "{n} files are too large ({size}).", values: { n: 2, size: "1,024 MB" } } },
    },
  };

  test("is the server's text in English", () => {
    assert.equal(errorOf(fault).message, "A part failed: 2 files are too large (1,024 MB). Send smaller files.");
    assert.equal(faultText({ message: "It is busy.", mend: "" }), "It is busy.");
  });

  test("is put together from translations, with those of its values", () => {
    useLanguage("zh-Hans", {
      "A part failed: {reason}": "一部分失败：{reason}",
      "{n} file is too large ({size}).": ["{n} 个文件过大（{size}）。"],
      "Send smaller files.": "请发送较小的文件。",
      "{before} {next}": "{before}{next}",
    });
    assert.equal(errorOf(fault).message, "一部分失败：2 个文件过大（1,024 MB）。请发送较小的文件。");
    assert.equal(faultText({ message: "It is busy.", mend: "" }), "It is busy."); // not translated
  });
});

test("sentences follow each other, without empty ones", () => {
  assert.equal(sentences("One.", "", "Two.", "Three."), "One. Two. Three.");
  assert.equal(sentences(), "");
  useLanguage("zh-Hans", { "{before} {next}": "{before}{next}" });
  assert.equal(sentences("一。", "二。", ""), "一。二。");
});

describe("advice after an error", () => {
  test("follows a sentence, and is not repeated", () => {
    const told = (message) => withAdvice(new Error(message), t("Try again."));
    assert.equal(told("The server answered 502"), "The server answered 502. Try again.");
    assert.equal(told("The server answered 502."), "The server answered 502. Try again.");
    assert.equal(told("The file is incomplete. Try again."), "The file is incomplete. Try again.");
  });

  test("is written without spaces in Chinese", () => {
    useLanguage("zh-Hans", { "Try again.": "请重试。", "{text}.": "{text}。", "{before} {next}": "{before}{next}" });
    assert.equal(withAdvice(new Error("服务器没有响应"), t("Try again.")), "服务器没有响应。请重试。");
    assert.equal(withAdvice(new Error("服务器没有响应。"), t("Try again.")), "服务器没有响应。请重试。");
  });
});
