/** The favourites: what the browser keeps, files and links. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Favourites, MOST, formatFile, formatLink, meanOf, parseFile, parseLink } from "../../assets/js/tray/favourites.js";

const PICTURE = "data:image/png;base64,AAAA";
const MODEL = { id: "one", version: "0123456789abcdef", latentDim: 2, codeDim: 2 };
const CLASSES = { ...MODEL, version: "c0ffee0123456789", codeDim: 5 }; // three classes

/** As `localStorage`. @param {Record<string, string>} [kept] */
function memory(kept = {}) {
  return { kept, getItem: (key) => kept[key] ?? null, setItem: (key, text) => void (kept[key] = text) };
}

const favourite = (title, ...z) => ({ title, z, image: null, picture: PICTURE });

test("favourites are kept per version of a model, in their order", () => {
  const storage = memory();
  const favourites = new Favourites(MODEL, storage);
  let changes = 0;
  favourites.addEventListener("change", () => changes++);
  favourites.add(favourite("a", 1, 2));
  favourites.add(favourite("b", 3, 4), { ...favourite("c", 5, 6), image: 7 });
  favourites.move(2, 0);
  favourites.move(0, 3); // no such place
  favourites.change(1, { title: "first" });
  favourites.remove(2);
  assert.equal(changes, 5);
  assert.deepEqual(favourites.list.map(({ title }) => title), ["c", "first"]);
  assert.deepEqual(new Favourites(MODEL, storage).list, favourites.list);
  assert.equal(favourites.list[0].image, 7);
  assert.deepEqual(new Favourites({ ...MODEL, version: "trained again" }, storage).list, []);
});

test("damaged favourites are not lost when others are saved", () => {
  const storage = memory({ [`zscope-favourites/${MODEL.version}`]: "[{" });
  const favourites = new Favourites(MODEL, storage);
  assert.deepEqual(favourites.list, []);
  favourites.add(favourite("a", 1, 2));
  assert.equal(storage.kept[`zscope-favourites/${MODEL.version}/damaged`], "[{");
  assert.equal(new Favourites(MODEL, storage).list.length, 1);
});

test("what another tab saved is read again", () => {
  const storage = memory();
  const here = new Favourites(MODEL, storage);
  new Favourites(MODEL, storage).add(favourite("there", 1, 2));
  assert.equal(here.list.length, 0);
  here.read();
  assert.equal(here.list[0].title, "there");
});

test("a full browser and too many favourites are reported, and nothing changes", () => {
  const storage = memory();
  const favourites = new Favourites(MODEL, storage);
  favourites.add(favourite("a", 1, 2));
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  assert.throws(() => favourites.add(favourite("b", 2, 2)), /no space/);
  assert.equal(favourites.list.length, 1);
  const many = Array.from({ length: MOST }, (_, i) => favourite(String(i), i, 0));
  assert.throws(() => favourites.add(...many), /at most 200/);
});

test("a file has titles and codes, and is checked", () => {
  const text = formatFile([favourite("x;~<b>", 1, 2), favourite("", 0.5, -3)], MODEL);
  assert.deepEqual(parseFile(text, MODEL), [
    { title: "x;~<b>", z: [1, 2], image: null, picture: "" },
    { title: "", z: [0.5, -3], image: null, picture: "" },
  ]);
  const file = (list, version = MODEL.version) => JSON.stringify({ model: "one", version, favourites: list });
  assert.equal(parseFile(file([{ title: "x".repeat(100), z: [1, 2], picture: PICTURE, image: 3 }]), MODEL)[0].title.length, 60);
  assert.throws(() => parseFile("no", MODEL), /not JSON/);
  for (const wrong of ["null", "3", "[]", '{"favourites": 1}']) assert.throws(() => parseFile(wrong, MODEL), /no favourites/);
  assert.throws(() => parseFile(file([], "another"), MODEL), /the model “one”, or to another version/);
  for (const z of [[1], [1, 2, 3], [1, null], [1, 1e39], [1001, 0], "12", undefined]) assert.throws(() => parseFile(file([{ z }]), MODEL), /does not fit/);
  assert.throws(() => parseFile(file([null]), MODEL), /does not fit/);
  assert.throws(() => parseFile(file(Array.from({ length: 201 }, () => ({ z: [0, 0] }))), MODEL), /201 favourites; the limit is 200/);
});

test("class weights are checked", () => {
  const file = (...z) => JSON.stringify({ version: CLASSES.version, favourites: [{ z }] });
  assert.equal(parseFile(file(9, 9, 0.333, 0.333, 0.333), CLASSES).length, 1);
  for (const weights of [[1, 1, 0], [-1, 1, 1], [0, 0, 0]]) assert.throws(() => parseFile(file(0, 0, ...weights), CLASSES), /does not fit/);
});

test("a link carries titles with any characters through an address", () => {
  const list = [favourite("four → nine; ~&=#%20+ü", 1.23456, -2), favourite("", 0, 1e-9)];
  const link = new URL("http://localhost/app/?model=one");
  link.searchParams.set("favourites", formatLink(list, MODEL));
  const text = new URL(link.href).searchParams.get("favourites");
  assert.deepEqual(
    parseLink(text, MODEL).map(({ title, z, picture }) => [title, z, picture]),
    [["four → nine; -&=#%20+ü", [1.235, -2], ""], ["", [0, 0], ""]],
  );
  assert.throws(() => parseLink(text, CLASSES), /the model “one”/);
  for (const wrong of ["", "one", "x~y~a~1,2"]) assert.throws(() => parseLink(wrong, MODEL), /belong to/);
  for (const wrong of ["a~1", "a~1,b", "a~1,2,3"]) assert.throws(() => parseLink(`one~${MODEL.version.slice(0, 12)}~${wrong}`, MODEL), /does not fit/);
});

test("the average is the mean of the codes", () => {
  assert.deepEqual([...meanOf([favourite("", 1, 2), favourite("", 3, 6)])], [2, 4]);
});
