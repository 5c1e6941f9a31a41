// The console's script beside a page and a daemon that are made up: answers come in an order that nobody asked for them in.
// Standard input: the page. What is wrong is an exception.
"use strict";
const assert = require("assert");
const page = require("fs").readFileSync(0, "utf8");
const script = page.split("<script>")[1].split("</script>")[0];

class Element {
  constructor() { Object.assign(this, {children: [], hidden: false, textContent: "", value: "", className: "", on: {}}); }
  append(...more) { this.children.push(...more); }
  replaceChildren(...others) { this.children = others; }
  addEventListener(name, action) { this.on[name] = action; }
}

const elements = {};
const document = {getElementById: id => elements[id] ??= new Element(), createElement: () => new Element()};
let asked = [];
const fetch = path => new Promise(resolve => asked.push({
  path, answer: async (status, text) => {
    resolve({ok: status < 300, status, text: async () => text});
    for (let i = 0; i < 10; i++) await null; // whoever waits for it goes on
  }}));
const console_ = new Function("document", "fetch", script + "\nreturn {load, show};")(document, fetch);
const list = (name, more) => JSON.stringify({
  items: [{namespace: "a", name, generation: 1, when: "now", who: "x"}], metadata: more ? {continue: more} : {}});
const take = part => asked.splice(asked.findIndex(a => a.path.includes(part)), 1)[0];

(async () => {
  const first = take("/v1/manifests");
  console_.load();
  const second = take("/v1/manifests");
  await second.answer(200, list("new", "C"));
  await first.answer(200, list("old"));
  assert.equal(elements.manifests.children.length, 1, "two loads at once show each manifest once");
  await take("/v1/hosts").answer(200, JSON.stringify({items: [], quarrels: [], metadata: {continue: "more"}}));
  assert.equal(elements.hosts.children.length, 1, "that there are more hosts is said");

  elements.more.on.click();
  assert.ok(elements.more.hidden, "a page is asked for once");
  await take("continue=C").answer(500, "no");
  assert.ok(!elements.more.hidden && elements.message.textContent === "500: no", "and again after a failure");
  elements.more.on.click();
  await take("continue=C").answer(200, list("two"));
  assert.deepEqual([elements.manifests.children.length, elements.more.hidden], [2, true], "the last page");

  asked = [];
  console_.show({namespace: "a", name: "one"});
  console_.show({namespace: "a", name: "two"});
  await asked[1].answer(200, "TWO");
  await asked[0].answer(200, "ONE");
  assert.deepEqual([elements.title.textContent, elements.text.textContent], ["a/two", "TWO"], "a title and its own text");

  asked = [];
  elements.check.on.click();
  elements.generate.on.click();
  await asked[1].answer(200, "objects");
  await asked[0].answer(422, '{"detail": "late"}');
  assert.equal(elements.tried.textContent, "objects", "what was tried last");
})().catch(e => {
  console.error(e.message);
  process.exitCode = 1;
});
