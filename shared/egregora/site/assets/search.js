// Search over one Pagefind index per month. Pagefind's own code is loaded with the first word that is typed; the
// months are merged in batches, newest first, and results are shown as soon as a batch is in.
"use strict";

const STUB = "/stub/index.html"; // the one page of the index that search starts from
const BATCH = 6;
const PAGE = 10;
const BITE = 40; // results that are read at once to see whether they hold what was looked for
const MOST = 5 * BITE;

const form = document.getElementById("search");
const input = document.getElementById("query");
const found = document.getElementById("found");
const list = document.getElementById("results");
const further = document.getElementById("further");
const here = (path) => new URL(path, location.href);

let engine;
let months = [];
let merged = 0;
let merging = Promise.resolve();
let turn = 0;
let shown = PAGE;

async function start() {
  const runtime = here(form.dataset.runtime);
  const [pagefind, answer] = await Promise.all([
    import(new URL("pagefind.js", runtime)),
    fetch(here(form.dataset.months), { cache: "no-cache" }),
  ]);
  if (!answer.ok) throw new Error(`months: ${answer.status}`);
  months = await answer.json();
  const instance = pagefind.createInstance({
    basePath: runtime.pathname,
    baseUrl: here(form.dataset.root).pathname,
    metaCacheTag: "1",
    noWorker: true,
    excerptLength: 34,
  });
  await instance.init();
  return instance;
}

// One batch after the other: a search that is overtaken by the next one leaves its batch to it.
function mergeMore(instance) {
  merging = merging.then(() => mergeBatch(instance));
  return merging;
}

async function mergeBatch(instance) {
  const batch = months.slice(merged, merged + BATCH);
  merged += batch.length;
  const root = here(form.dataset.root).pathname;
  await Promise.all(
    batch.map(({ path, tag }) =>
      instance.mergeIndex(here(path).pathname, { baseUrl: root, metaCacheTag: tag, excerptLength: 34 })),
  );
}

async function run() {
  const query = input.value.trim();
  const mine = ++turn;
  history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
  if (!query) return show([], "");
  found.textContent = "Looking…";
  try {
    engine ??= start();
    const instance = await engine;
    for (;;) {
      if (merged === 0) await mergeMore(instance);
      await merging;
      const results = await gather(instance, query);
      if (mine !== turn) return;
      const whole = merged >= months.length;
      show(results, query, whole);
      if (whole) return;
      await mergeMore(instance);
      if (mine !== turn) return;
    }
  } catch (error) {
    engine = undefined;
    merged = 0;
    merging = Promise.resolve();
    found.textContent = "Search could not be loaded. The months below hold everything.";
    throw error;
  }
}

async function gather(instance, query) {
  const { results } = await instance.search(query);
  const real = [];
  let read = 0;
  while (read < results.length && real.length <= shown && read < shown + MOST) {
    const pages = await Promise.all(results.slice(read, read + BITE).map((result) => result.data()));
    real.push(...pages.filter((page) => !page.url.endsWith(STUB) && holds(page, query)));
    read += pages.length;
  }
  // Results that were not read are counted unless the reading stopped for want of any that hold it.
  const unread = real.length > shown ? results.length - read : 0;
  return { pages: real.slice(0, shown), total: real.length + unread };
}

// Where a month has no word that begins like the one looked for, Pagefind answers with the longest word that begins
// it: "o" for "odile". A page counts only if it has the words, give or take an ending.
function holds(page, query) {
  const text = folded(`${page.meta.title} ${page.content}`);
  const words = folded(query).match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.every((word) => text.includes(word.slice(0, Math.max(4, word.length - 2))));
}

function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function show({ pages = [], total = 0 }, query, whole) {
  list.replaceChildren(...pages.map(item));
  further.hidden = pages.length >= total;
  if (!query) found.textContent = "";
  else if (total) found.textContent = `${total} ${total === 1 ? "post" : "posts"}${whole ? "" : " so far"}`;
  else found.textContent = whole ? "Nothing was found. Fewer letters of a word find more." : "Looking further back…";
}

function item(page) {
  const entry = document.createElement("li");
  const heading = document.createElement("h2");
  const link = document.createElement("a");
  link.href = page.url;
  link.dir = "auto";
  link.textContent = page.meta.title;
  heading.append(link);
  const excerpt = document.createElement("p");
  excerpt.dir = "auto";
  excerpt.append(...marked(page.excerpt));
  const when = document.createElement("span");
  when.className = "when";
  when.textContent = page.meta.date ?? "";
  entry.append(heading, excerpt, when);
  return entry;
}

// An excerpt is text in which Pagefind has put <mark>; it is taken apart, never parsed as HTML.
function marked(excerpt) {
  return excerpt.split(/(<mark>.*?<\/mark>)/).map((part) => {
    const inside = /^<mark>(.*)<\/mark>$/.exec(part);
    const text = (inside ? inside[1] : part).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
    if (!inside) return text;
    const mark = document.createElement("mark");
    mark.textContent = text;
    return mark;
  });
}

let waiting;
input.addEventListener("input", () => {
  shown = PAGE;
  clearTimeout(waiting);
  waiting = setTimeout(run, 180);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  shown = PAGE;
  clearTimeout(waiting);
  run();
});
further.addEventListener("click", () => {
  shown += PAGE;
  run();
});

if (location.protocol === "file:") {
  found.textContent = "Search works once the site is served; until then, leaf through the months.";
} else {
  form.hidden = false;
  input.value = new URLSearchParams(location.search).get("q") ?? "";
  if (input.value) run();
}
