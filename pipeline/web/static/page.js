// The page: one state, kept in the address; what it asks the API for; and how the answers are drawn.
// Everything that comes from a wire is untrusted: it reaches the document as text nodes only, and addresses only as http(s).

const PAGE = 30;
const FACETS_SHOWN = 6;
const FACETS_ASKED = 24;
const RANGES = [["", "All time"], ["1h", "1 h"], ["24h", "24 h"], ["7d", "7 days"], ["30d", "30 days"]];
const SPAN = { m: 60e3, h: 3600e3, d: 86400e3 };
const LISTS = ["person", "organisation", "place", "entity", "source", "provider", "language", "change"];
const GROUPS = [
  ["person", "People", "person"], ["organisation", "Organisations", "organisation"], ["place", "Places", "place"],
  ["group", "Groups", "entity"], ["event", "Events", "entity"], ["product", "Products", "entity"],
  ["source", "Sources", "source"], ["provider", "Agencies", "provider"], ["language", "Languages", "language"],
  ["change", "Versions", "change"],
];
const TYPES = [["person", "People"], ["organisation", "Organisations"], ["place", "Places"], ["group", "Groups"], ["event", "Events"], ["product", "Products"]];
const TYPE_WORD = { person: "Person", organisation: "Organisation", place: "Place", group: "Group", event: "Event", product: "Product" };
const CHANGE_WORD = { new: "New", update: "Update", correction: "Correction", kill: "Withdrawn", repeat: "Repeat", advisory: "Advisory" };
const RELATION_WORD = { exact: "same text", near: "nearly the same text", contains: "contains it", update: "an update of it" };

const $ = (id) => document.getElementById(id);

// ---- small makers ----

/** An element. Properties: `class`, `on` handlers, attributes; children: nodes or text, which is never read as HTML. */
function el(tag, props, ...children) {
  const node = document.createElement(tag);
  return dress(node, props, children);
}

function svg(tag, props, ...children) {
  return dress(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function dress(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

/** A published address, if it is one that may be followed; else null. */
function outside(url) {
  try {
    const parsed = new URL(url);
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : null;
  } catch {
    return null;
  }
}

function linkOut(url, ...children) {
  const href = outside(url);
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", referrerpolicy: "no-referrer" }, children) : el("span", {}, children);
}

function count(number, one, many) {
  return `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;
}

function languageName(tag) {
  try {
    return new Intl.DisplayNames("en", { type: "language", fallback: "code" }).of(tag);
  } catch {
    return tag;
  }
}

function countryName(code) {
  try {
    return new Intl.DisplayNames("en", { type: "region", fallback: "code" }).of(code);
  } catch {
    return code;
  }
}

// ---- time ----

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayFull = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const dayOnly = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const month = new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" });

function storyTime(story) {
  if (story.published_at) return [new Date(story.published_at), story.published_precision];
  const other = story.first_published_at ?? story.collected_at;
  return other ? [new Date(other), "minute"] : [null, ""];
}

/** A story's time for a list: as short as is clear. What is known to the day shows no clock, and the wire's own day. */
function shortTime(story) {
  const [at, precision] = storyTime(story);
  if (!at || Number.isNaN(at.getTime())) return el("span", { class: "when" }, "no time");
  const now = new Date();
  let text;
  if (precision === "day") text = dayOnly.format(at);
  else if (at.toDateString() === now.toDateString()) text = clock.format(at);
  else if (at.getFullYear() === now.getFullYear()) text = `${dayMonth.format(at)}, ${clock.format(at)}`;
  else text = `${dayFull.format(at)}, ${clock.format(at)}`;
  return timeElement(at, precision, text);
}

function longTime(iso, precision = "second") {
  const at = new Date(iso);
  return timeElement(at, precision, precision === "day" ? dayOnly.format(at) : moment.format(at));
}

function timeElement(at, precision, text) {
  const iso = at.toISOString();
  const machine = precision === "day" ? iso.slice(0, 10) : iso;
  return el("time", { datetime: machine, title: precision === "day" ? `${machine}, known to the day` : iso.replace("T", " ").replace(/\.\d+Z$/, " UTC") }, text);
}

function spanText(since, until) {
  const from = since && new Date(since), to = until && new Date(until);
  const say = (at) => `${dayFull.format(at)}, ${clock.format(at)}`;
  if (from && to) {
    const sameDay = from.toDateString() === to.toDateString();
    return `${say(from)} – ${sameDay ? clock.format(to) : say(to)}`;
  }
  return from ? `since ${say(from)}` : `before ${say(to)}`;
}

// ---- state: what is asked for; the address holds all of it ----

function readState() {
  const asked = new URLSearchParams(location.search);
  const state = { q: asked.get("q") ?? "", range: asked.get("range") ?? "", since: asked.get("since") ?? "", until: asked.get("until") ?? "",
    order: asked.get("order") ?? "", story: asked.get("story") ?? "", view: asked.get("view") ?? "" };
  for (const name of LISTS) state[name] = asked.getAll(name);
  if (!/^\d{1,3}[mhd]$/.test(state.range)) state.range = "";
  return state;
}

function address(state) {
  const query = new URLSearchParams();
  for (const name of ["q", "range", "since", "until", "order", ...LISTS, "story", "view"]) {
    for (const value of [state[name]].flat()) if (value) query.append(name, value);
  }
  const text = query.toString();
  return text ? `?${text}` : location.pathname;
}

let state = readState();

/** Moves to a changed state: `replace` where going back should not stop at it (while typing, while stepping through). */
function go(changes, { replace = false } = {}) {
  const next = { ...state, ...changes };
  if (address(next) === address(state)) return;
  history[replace ? "replaceState" : "pushState"](null, "", address(next));
  arrive(next);
}

function arrive(next) {
  const asksAnew = filterKey(next) !== filterKey(state);
  const opens = next.story !== state.story || next.view !== state.view;
  state = next;
  drawControls();
  if (asksAnew) ask();
  if (opens) openReader();
  else markCurrent();
}

function filterKey(one) {
  return address({ ...one, story: "", view: "" });
}

function toggle(name, value) {
  const held = state[name];
  go({ [name]: held.includes(value) ? held.filter((v) => v !== value) : [...held, value], view: "" });
}

function filtered() {
  return Boolean(state.q || state.range || state.since || state.until || LISTS.some((name) => state[name].length));
}

const NOTHING = { q: "", range: "", since: "", until: "", order: "", ...Object.fromEntries(LISTS.map((name) => [name, []])) };

/** The state as the API's parameters. A relative range begins from now. */
function parameters() {
  const query = new URLSearchParams();
  if (state.q) query.set("q", state.q);
  for (const name of LISTS) for (const value of state[name]) query.append(name, value);
  if (state.range) query.set("since", new Date(Date.now() - parseInt(state.range, 10) * SPAN[state.range.at(-1)]).toISOString());
  if (state.since) query.set("since", state.since);
  if (state.until) query.set("until", state.until);
  return query;
}

/** Copies are folded by the index where the list is of everything. In a search, or one source's stories, a copy may be what
 * is looked for, so they all come and are folded here. */
function folds() {
  return !state.q && !state.source.length && !state.provider.length && !state.language.length;
}

// ---- asking ----

class Trouble extends Error {}

const underWay = new Map();

/** JSON from the API; a newer question on the same channel ends an older one. */
async function fetchJson(channel, path) {
  underWay.get(channel)?.abort();
  const control = new AbortController();
  underWay.set(channel, control);
  let answer;
  try {
    answer = await fetch(path, { signal: control.signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("The service doesn't answer.");
  }
  const said = await answer.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return {};
  });
  if (!answer.ok) {
    const trouble = new Trouble(said.detail || `The service answered ${answer.status}.`);
    trouble.status = answer.status;
    throw trouble;
  }
  return said;
}

/** Runs an asynchronous step; questions given up for newer ones are no errors. */
async function quietly(step, failed) {
  try {
    await step();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Trouble)) throw error;
    failed(error);
  }
}

// ---- the list ----

const list = { order: [], found: new Map(), nodes: new Map(), total: 0, more: false, pending: null, retry: 0 };

/** Asks for everything anew: list, facets, timeline. */
function ask() {
  showFresh(null);
  askList();
  askSides();
}

function askList() {
  clearTimeout(list.retry);
  $("stories").setAttribute("aria-busy", "true");
  quietly(async () => {
    const page = await fetchJson("list", `api/search?${listQuery(0)}`);
    list.order = [];
    list.found.clear();
    list.nodes.clear();
    $("list").scrollTop = 0;
    take(page, false);
    drawList();
    listen(page.sequence);
  }, (error) => {
    drawListWords("The stories can't be read", error.message, error.status === 400 ? null : ["Try again", ask]);
    if (error.status !== 400) list.retry = setTimeout(ask, 3000);
  }).finally(() => $("stories").setAttribute("aria-busy", "false"));
}

function listQuery(offset) {
  const query = parameters();
  query.set("brief", "true");
  query.set("limit", PAGE);
  query.set("offset", offset);
  query.set("order", state.q && state.order !== "newest" ? "rank" : "newest");
  if (folds()) query.set("copies", "fold");
  return query;
}

function more() {
  const button = $("more");
  button.disabled = true;
  quietly(async () => {
    take(await fetchJson("more", `api/search?${listQuery(reached())}`), false);
    drawList();
  }, (error) => say(error.message)).finally(() => { button.disabled = false; });
}

/** Takes found stories in, at the end or (new ones) at the front; returns the ids that were not there. */
function take(page, front) {
  const added = [];
  for (const found of page.stories) {
    const id = found.story.id;
    if (!list.found.has(id)) added.push(id);
    list.found.set(id, found);
  }
  list.order = front ? [...added, ...list.order] : [...list.order, ...added];
  list.total = page.total;
  if (!front) list.more = page.next_offset !== null;
  return added;
}

/** How many of the stories that match now are in the list or announced above it: where the rest begins. */
function reached() {
  const here = list.order.filter((id) => !withdrawn(list.found.get(id).story)).length;
  return here + (list.pending?.number ?? 0);
}

/** The list's stories with copies folded under the first of their group. */
function folded() {
  const heads = new Map();
  for (const id of list.order) {
    const found = list.found.get(id);
    const group = found.story.cluster || id;
    const head = heads.get(group);
    if (!head) heads.set(group, { found, also: [...found.also] });
    else if (!head.also.some((copy) => copy.id === id)) head.also.push(found.story);
  }
  return [...heads.values()];
}

function drawList(came = []) {
  const heads = folded();
  const nodes = heads.map(({ found, also }) => {
    const key = JSON.stringify([found, also.map((copy) => copy.id)]);
    const id = found.story.id;
    const before = list.nodes.get(id);
    if (before?.key === key) return before.node;
    const node = item(found, also);
    if (came.includes(id)) node.classList.add("came");
    list.nodes.set(id, { key, node });
    return node;
  });
  arrange($("stories"), nodes);
  $("total").textContent = count(list.total, "story", "stories");
  $("order").hidden = !state.q;
  $("more").hidden = !list.more;
  $("list-words").hidden = heads.length > 0;
  if (!heads.length) {
    if (filtered()) drawListWords("No stories match", "Try other or fewer words, a longer time, or fewer filters.", ["Clear all filters", () => go(NOTHING)]);
    else drawListWords("No stories yet", "They appear here by themselves as soon as they are collected: `wire replay seeds/` or `wire run` brings some.");
  }
  markCurrent();
}

/** Puts nodes into a container in order, leaving those that are in their place untouched. */
function arrange(container, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...container.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, at) => {
    if (container.children[at] !== node) container.insertBefore(node, container.children[at] ?? null);
  });
}

function drawListWords(title, text, action) {
  if (title === "The stories can't be read") {
    list.order = [];
    list.nodes.clear();
    $("stories").replaceChildren();
    $("more").hidden = true;
    $("total").textContent = "\u00a0";
  }
  $("list-words").hidden = false;
  $("list-words").replaceChildren(el("h2", {}, title), el("p", {}, text), action ? el("button", { class: "quiet", type: "button", on: { click: action[1] } }, action[0]) : "");
}

function flags(story) {
  const shown = [];
  if (story.status === "canceled" || story.change === "kill") shown.push(el("span", { class: "flag kill" }, "Withdrawn"));
  else if (story.change === "correction") shown.push(el("span", { class: "flag correction" }, "Correction"));
  else if (story.change && story.change !== "new") shown.push(el("span", { class: "flag plain" }, CHANGE_WORD[story.change] ?? story.change));
  if (story.urgency && story.urgency <= 2 && story.status !== "canceled") shown.push(el("span", { class: "flag urgent" }, story.urgency === 1 ? "Flash" : "Urgent"));
  return shown;
}

function who(story) {
  const provider = story.provider || story.source;
  const parts = [el("bdi", { class: "who" }, provider)];
  if (!sameName(provider, story.source)) parts.push(el("bdi", {}, story.source));
  return parts;
}

/** A feed is often called what its agency is called: `northern-wire`, `Northern Wire`. */
function sameName(one, other) {
  const plain = (name) => name.toLocaleLowerCase("en").replace(/[^\p{L}\p{N}]+/gu, "");
  return plain(one) === plain(other);
}

function withdrawn(story) {
  return story.status === "canceled" || story.change === "kill";
}

function item(found, also) {
  const { story } = found;
  const gone = withdrawn(story);
  const headline = gone ? "This story was withdrawn" : found.headline.text ? marked(found.headline) : "No headline";
  const link = el("a", { href: address({ ...state, story: story.id, view: "" }), "data-id": story.id, on: { click: follow } },
    el("div", { class: "meta" }, shortTime(story), flags(story), who(story)),
    el("h2", { dir: "auto", lang: story.language || null }, headline),
    !gone && found.snippet.text ? el("p", { class: "snippet", dir: "auto", lang: story.language || null }, marked(found.snippet)) : "");
  return el("li", { class: `item${gone ? " withdrawn" : ""}${story.urgency && story.urgency <= 2 ? " urgent" : ""}`, "data-id": story.id }, link, also.length ? alsoBy(also) : "");
}

function alsoBy(also) {
  const names = [...new Set(also.map((copy) => copy.provider || copy.source))];
  const few = names.slice(0, 3).join(", ");
  const rest = names.length - 3;
  const inside = el("ul", { hidden: true }, also.map((copy) => el("li", {},
    el("a", { href: address({ ...state, story: copy.id, view: "" }), "data-id": copy.id, on: { click: follow } }, el("bdi", {}, copy.provider || copy.source), ": ", el("bdi", {}, copy.headline || "no headline")))));
  const button = el("button", { type: "button", "aria-expanded": "false", on: { click: () => {
    inside.hidden = !inside.hidden;
    button.setAttribute("aria-expanded", String(!inside.hidden));
  } } }, "Also by ", el("bdi", {}, few), rest > 0 ? ` and ${count(rest, "other", "others")}` : "");
  return el("div", { class: "also" }, button, inside);
}

/** Text with the places that match marked. Offsets count characters (code points), as everywhere in the records. */
function marked({ text, marks }) {
  if (!marks.length) return [text];
  const characters = Array.from(text);
  const parts = [];
  let done = 0;
  for (const [start, end] of marks) {
    if (start < done) continue;
    parts.push(characters.slice(done, start).join(""), el("mark", {}, characters.slice(start, end).join("")));
    done = end;
  }
  parts.push(characters.slice(done).join(""));
  return parts;
}

function follow(event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  opener = event.currentTarget;
  go({ story: event.currentTarget.dataset.id, view: "" });
  $("reader").focus({ preventScroll: true });
}

let opener = null;

function markCurrent() {
  for (const { node } of list.nodes.values()) {
    const link = node.firstElementChild;
    link.setAttribute("href", address({ ...state, story: node.dataset.id, view: "" }));
    if (node.dataset.id === state.story) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
  }
}

// ---- facets, chips and other controls ----

let facets = null;
const opened = new Set();

function askSides() {
  quietly(async () => {
    const query = parameters();
    query.set("limit", FACETS_ASKED);
    const whole = fetchJson("facets", `api/facets?${query}`);
    if (!folds()) facets = await whole;
    else {
      // Names are counted as the list shows them, copies folded; sources with their copies, as choosing one shows those.
      query.set("copies", "fold");
      const [all, once] = await Promise.all([whole, fetchJson("facets folded", `api/facets?${query}`)]);
      facets = { ...once, source: all.source, provider: all.provider, language: all.language };
    }
    drawFacets();
  }, () => {});
  quietly(async () => {
    const query = parameters();
    if (folds()) query.set("copies", "fold");
    timeline.answer = await fetchJson("timeline", `api/timeline?${query}`);
    drawTimeline();
  }, () => {});
}

function drawFacets() {
  if (!facets) return;
  const sections = GROUPS.map(([kind, title, filter]) => {
    const values = facets[kind];
    const chosen = state[filter];
    if (kind === "provider" && values.every((one) => facets.source.some((source) => sameName(source.name, one.name) && source.count === one.count))) return "";
    const telling = values.length > 1 || values.some((one) => chosen.includes(one.value)) || !["language", "provider", "change"].includes(kind);
    if (!values.length || !telling) return "";
    const all = opened.has(kind);
    const shown = all ? values : values.slice(0, FACETS_SHOWN);
    return el("section", { "aria-label": title }, el("h3", {}, title),
      el("ul", {}, shown.map((one) => el("li", {}, facet(kind, filter, one)))),
      values.length > FACETS_SHOWN ? el("button", { class: "facet-more", type: "button", "data-key": `more ${kind}`, "aria-expanded": String(all), on: { click: () => {
        if (all) opened.delete(kind); else opened.add(kind);
        drawFacets();
      } } }, all ? "Fewer" : `${values.length - FACETS_SHOWN} more`) : "");
  });
  keepingFocus($("facet-groups"), () => $("facet-groups").replaceChildren(...sections.filter(Boolean)));
  drawChosen();
}

/** What the list is narrowed to. Names of linked entities are known once the facets are there. */
function drawChosen() {
  const made = chips();
  $("chosen").hidden = !made.length;
  keepingFocus($("chosen"), () => $("chosen").replaceChildren(...made));
}

/** Draws a container anew; focus stays on the control with the same key. */
function keepingFocus(container, draw) {
  const key = container.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  draw();
  if (key) [...container.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key)?.focus({ preventScroll: true });
}

function facet(kind, filter, one) {
  const pressed = state[filter].includes(one.value);
  return el("button", { class: `facet kind-${kind}`, type: "button", "data-key": `${kind} ${one.value}`, "aria-pressed": String(pressed), title: one.name, on: { click: () => toggle(filter, one.value) } },
    filter !== kind || TYPE_WORD[kind] ? el("span", { class: "swatch", "aria-hidden": "true" }) : "",
    el("bdi", { class: "label" }, valueName(kind, one.value, one.name)), el("span", { class: "count" }, one.count.toLocaleString("en-GB")));
}

function valueName(kind, value, name) {
  if (kind === "language") return languageName(value);
  if (kind === "change") return CHANGE_WORD[value] ?? value;
  return name || value;
}

function chips() {
  const made = [];
  const chip = (words, undo) => made.push(el("button", { class: "chip", type: "button", "data-key": words, title: `Remove: ${words}`, on: { click: undo } }, el("bdi", {}, words)));
  if (state.since || state.until) chip(spanText(state.since, state.until), () => go({ since: "", until: "" }));
  for (const name of LISTS) for (const value of state[name]) chip(nameOf(name, value), () => toggle(name, value));
  if (made.length > 1 || (made.length && (state.q || state.range))) made.push(el("button", { class: "chip clear", type: "button", on: { click: () => go(NOTHING) } }, "Clear all"));
  return made;
}

function nameOf(filter, value) {
  for (const [kind, , by] of GROUPS) {
    if (by !== filter) continue;
    const known = facets?.[kind].find((one) => one.value === value);
    if (known || kind === filter) return valueName(kind, value, known?.name);
  }
  const entity = shown.story?.entities.find((one) => filterValue(one) === value);
  return entity ? entity.name : value;
}

function drawControls() {
  const box = $("q");
  if (document.activeElement !== box || box.value.trim() !== state.q) box.value = state.q;
  for (const button of $("range").children) button.setAttribute("aria-pressed", String(button.dataset.range === state.range && !state.since && !state.until));
  $("sort").value = state.order === "newest" ? "newest" : "relevance";
  drawChosen();
  const number = LISTS.reduce((sum, name) => sum + state[name].length, 0) + Number(Boolean(state.since || state.until));
  $("filter-count").textContent = number ? ` (${number})` : "";
  drawFacets();
}

// ---- timeline ----

const timeline = { answer: null, slots: [], cursor: -1, from: null };
// Top and floor of the bars, most of them, and the count that a full bar stands for at least: a lone story is a small bar.
const TOP = 4, FLOOR = 46, MOST = 200, LOW = 4;

function step(bucket, at) {
  const next = new Date(at);
  if (bucket === "month") next.setUTCMonth(next.getUTCMonth() + 1);
  else next.setTime(next.getTime() + { minute: SPAN.m, hour: SPAN.h, day: SPAN.d }[bucket]);
  return next;
}

/** Bins as equally long slots without gaps, at most MOST of them: [{start, end, count}]. */
function slotsOf({ bucket, bins }) {
  if (!bins.length) return [];
  const counts = new Map(bins.map((bin) => [Date.parse(bin.start), bin.count]));
  const last = Date.parse(bins.at(-1).start);
  const slots = [];
  for (let at = new Date(bins[0].start); at.getTime() <= last && slots.length < 20000; at = step(bucket, at)) {
    slots.push({ start: at, end: step(bucket, at), count: counts.get(at.getTime()) ?? 0 });
  }
  const size = Math.ceil(slots.length / MOST);
  if (size === 1) return padded(slots, bucket);
  const merged = [];
  for (let at = 0; at < slots.length; at += size) {
    const part = slots.slice(at, at + size);
    merged.push({ start: part[0].start, end: part.at(-1).end, count: part.reduce((sum, slot) => sum + slot.count, 0) });
  }
  return merged;
}

/** A few stories in one bin would be one bar as wide as the page: some empty time around them shows where they are. */
function padded(slots, bucket) {
  const wanted = 24;
  const result = [...slots];
  while (result.length < wanted) {
    const end = result.at(-1).end;
    result.push({ start: end, end: step(bucket, end), count: 0 });
    const before = new Date(result[0].start);
    if (bucket === "month") before.setUTCMonth(before.getUTCMonth() - 1);
    else before.setTime(before.getTime() - (step(bucket, before) - before));
    result.unshift({ start: before, end: result[0].start, count: 0 });
  }
  return result;
}

function slotText({ start, end }) {
  const { bucket } = timeline.answer;
  if (bucket === "month") return month.format(start);
  if (bucket === "day") return end - start > SPAN.d ? `${dayOnly.format(start)} – ${dayOnly.format(new Date(end - 1))}` : dayOnly.format(start);
  return `${dayFull.format(start)}, ${clock.format(start)} – ${clock.format(end)}`;
}

function tickText({ start }, span) {
  const { bucket } = timeline.answer;
  if (bucket === "month") return span > 6 * 365 * SPAN.d ? String(start.getUTCFullYear()) : month.format(start);
  if (bucket === "day") return dayOnly.format(start);
  return span > 1.5 * SPAN.d ? `${dayMonth.format(start)}, ${clock.format(start)}` : clock.format(start);
}

function drawTimeline() {
  const plot = $("plot");
  const width = plot.clientWidth;
  const slots = timeline.answer ? slotsOf(timeline.answer) : [];
  timeline.slots = slots;
  timeline.cursor = -1;
  if (!slots.length || !width) {
    plot.replaceChildren();
    $("plot-says").textContent = "";
    return;
  }
  const high = Math.max(LOW, ...slots.map((slot) => slot.count));
  const each = width / slots.length;
  const height = (slot) => (slot.count ? Math.max(2, (slot.count / high) * (FLOOR - TOP)) : 0);
  const gap = each > 5 ? 1.5 : each > 2.5 ? 0.75 : 0;
  const bars = slots.map((slot, at) => [
    svg("rect", { class: "slot", x: at * each, y: 0, width: each, height: FLOOR }, svg("title", {}, `${slotText(slot)}: ${count(slot.count, "story", "stories")}`)),
    slot.count ? svg("rect", { class: "stem", x: at * each + gap / 2, y: FLOOR - height(slot), width: Math.max(1, each - gap), height: height(slot), "pointer-events": "none" }) : "",
  ]);
  const span = slots.at(-1).end - slots[0].start;
  const ticks = Math.max(1, Math.min(slots.length, Math.floor(width / 170)));
  const labels = Array.from({ length: ticks }, (_, at) => {
    const index = Math.floor((at * slots.length) / ticks);
    return svg("text", { x: index * each + 1, y: FLOOR + 15 }, tickText(slots[index], span));
  });
  const brush = svg("rect", { class: "brush", y: 0, height: FLOOR, width: 0, "pointer-events": "none" });
  const cursor = svg("rect", { class: "cursor", y: 1, height: FLOOR - 1, width: Math.max(3, each), visibility: "hidden", "pointer-events": "none" });
  const total = slots.reduce((sum, slot) => sum + slot.count, 0);
  const drawing = svg("svg", { role: "application", tabindex: "0", "aria-roledescription": "timeline", "data-key": "timeline",
    "aria-label": `${count(total, "story", "stories")} from ${slotText(slots[0])} to ${slotText(slots.at(-1))}. Left and right arrows move, Enter shows only that time.`,
    on: { pointerdown: brushFrom, pointermove: brushTo, pointerup: brushDone, pointercancel: brushOff, keydown: timelineKey, blur: () => plotSays("") } },
  svg("line", { class: "base", x1: 0, x2: width, y1: FLOOR + 0.5, y2: FLOOR + 0.5 }), bars, labels, brush, cursor);
  timeline.brush = brush;
  timeline.mark = cursor;
  timeline.each = each;
  keepingFocus(plot, () => plot.replaceChildren(drawing));
}

function plotSays(text) {
  $("plot-says").textContent = text;
}

function slotAt(event) {
  const x = event.clientX - $("plot").getBoundingClientRect().left;
  return Math.max(0, Math.min(timeline.slots.length - 1, Math.floor(x / timeline.each)));
}

function brushFrom(event) {
  if (event.button) return;
  timeline.from = slotAt(event);
  event.currentTarget.setPointerCapture(event.pointerId);
}

function brushTo(event) {
  const at = slotAt(event);
  if (timeline.from === null) {
    plotSays(`${slotText(timeline.slots[at])}: ${count(timeline.slots[at].count, "story", "stories")}`);
    return;
  }
  const [low, high] = [Math.min(timeline.from, at), Math.max(timeline.from, at)];
  timeline.brush.setAttribute("x", low * timeline.each);
  timeline.brush.setAttribute("width", (high - low + 1) * timeline.each);
  plotSays(spanText(timeline.slots[low].start, timeline.slots[high].end));
}

function brushDone(event) {
  if (timeline.from === null) return;
  const at = slotAt(event);
  narrow(Math.min(timeline.from, at), Math.max(timeline.from, at));
  brushOff();
}

function brushOff() {
  timeline.from = null;
  timeline.brush.setAttribute("width", 0);
}

function narrow(low, high) {
  go({ since: timeline.slots[low].start.toISOString(), until: timeline.slots[high].end.toISOString(), range: "" });
}

function timelineKey(event) {
  const { slots } = timeline;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by) {
    event.preventDefault();
    const first = timeline.cursor < 0 ? (by > 0 ? -1 : slots.length) : timeline.cursor;
    timeline.cursor = Math.max(0, Math.min(slots.length - 1, first + by));
    const slot = slots[timeline.cursor];
    timeline.mark.setAttribute("x", timeline.cursor * timeline.each);
    timeline.mark.setAttribute("visibility", "visible");
    plotSays(`${slotText(slot)}: ${count(slot.count, "story", "stories")}`);
  } else if (event.key === "Enter" && timeline.cursor >= 0) {
    event.preventDefault();
    narrow(timeline.cursor, timeline.cursor);
  }
}

// ---- live ----

// Least time between two looks at the list, at facets and timeline, and at anything while the page is out of sight; ms.
const LOOK = 2000, SIDES = 10000, UNSEEN = 20000, ASLEEP = 60000;
const live = { source: null, timer: 0, sides: 0, sleep: 0, doze: 0, last: 0, lastSides: 0, sequence: 0, began: false };

function listen(sequence) {
  if (live.source) return;
  live.sequence = sequence;
  live.began = true;
  if (document.hidden) return;
  const source = new EventSource(`api/live?after=${sequence}`);
  live.source = source;
  source.addEventListener("open", () => liveState("on", "Live"));
  source.addEventListener("error", () => {
    liveState("lost", "Reconnecting");
    if (source.readyState === EventSource.CLOSED) {
      // Refused (full, or the service is starting): the browser gives up, this page does not.
      live.source = null;
      if (!document.hidden) setTimeout(() => listen(live.sequence), 5000);
    }
  });
  source.addEventListener("story", (event) => {
    const { sequence: at, story } = JSON.parse(event.data);
    live.sequence = at;
    changed(story);
  });
  source.addEventListener("reset", (event) => {
    live.sequence = JSON.parse(event.data).sequence;
    ask();
  });
}

function liveState(name, words) {
  $("live").dataset.state = name;
  $("live-says").textContent = words;
}

/** A story is new or changed: what is shown of it is put right at once, the rest with the next look at the list. */
function changed(story) {
  const known = list.found.get(story.id);
  if (known && withdrawn(story)) {
    list.found.set(story.id, { ...known, story, headline: { text: "", marks: [] }, snippet: { text: "", marks: [] } });
    drawList();
  }
  if (story.id === state.story && story.version > (shown.story?.version ?? 0)) {
    if (withdrawn(story)) openReader();
    else drawNewer(story);
  }
  if (!live.timer) live.timer = setTimeout(look, wait(live.last, LOOK));
}

/** Looks at the top of the list for what is new; shows it, or says so where showing it would move what is being read. */
function look() {
  live.timer = 0;
  live.last = Date.now();
  quietly(async () => {
    const key = filterKey(state);
    const page = await fetchJson("look", `api/search?${listQuery(0)}`);
    if (key !== filterKey(state)) return;
    const fresh = page.stories.filter((found) => !list.found.has(found.story.id));
    for (const found of page.stories) if (list.found.has(found.story.id)) list.found.set(found.story.id, found);
    const ranked = state.q && state.order !== "newest";
    const calm = !ranked && $("list").scrollTop < 8 && !$("list").contains(document.activeElement);
    if (fresh.length && fresh.length < PAGE && calm) bring(page);
    else {
      if (calm) sortNewest();
      drawList();
      if (fresh.length) showFresh({ page, number: fresh.length, all: fresh.length >= PAGE || ranked });
    }
  }, () => {});
  if (!live.sides) live.sides = setTimeout(() => { live.sides = 0; live.lastSides = Date.now(); askSides(); }, wait(live.lastSides, SIDES));
}

/** Milliseconds until it may be looked again; a page that nobody sees asks seldom. */
function wait(last, apart) {
  return Math.max(300, last + (document.hidden ? UNSEEN : apart) - Date.now());
}

/** Out of sight for a while, the stream is closed: a browser keeps few connections to one server, and many pages may be open.
 * Back in sight it goes on from where it was, and what was put off is done. */
function sight() {
  clearTimeout(live.sleep);
  if (document.hidden) {
    live.sleep = setTimeout(() => {
      live.source?.close();
      live.source = null;
      liveState("off", "Asleep");
      live.doze = setInterval(look, ASLEEP);
    }, ASLEEP);
    return;
  }
  clearInterval(live.doze);
  if (live.timer) {
    clearTimeout(live.timer);
    look();
  }
  if (!live.source && live.began) listen(live.sequence);
}

/** Puts new stories on top. */
function bring(page) {
  const came = take(page, true);
  sortNewest();
  drawList(came);
  say(count(came.length, "new story", "new stories"));
  showFresh(null);
}

/** Newest first, as the index orders; a late story of an earlier time belongs further down. */
function sortNewest() {
  const time = (id) => storyTime(list.found.get(id).story)[0]?.getTime() ?? 0;
  list.order = list.order.map((id, at) => [id, time(id), at]).sort((a, b) => b[1] - a[1] || a[2] - b[2]).map(([id]) => id);
}

function showFresh(pending) {
  list.pending = pending;
  const button = $("fresh");
  button.hidden = !pending;
  if (pending) button.textContent = pending.all && pending.number >= PAGE ? `${PAGE}+ new stories` : count(pending.number, "new story", "new stories");
  titles();
}

function takeFresh() {
  const { pending } = list;
  if (!pending) return;
  $("list").scrollTop = 0;
  if (pending.all) ask();
  else bring(pending.page);
}

function say(words) {
  $("announce").textContent = words;
}

function titles() {
  const name = shown.story && state.story ? `${shown.story.headline || "Story"} – Wirepipe` : state.q ? `${state.q} – Wirepipe` : "Wirepipe";
  document.title = list.pending ? `(${list.pending.number}) ${name}` : name;
}

// ---- the story ----

const shown = { story: null, plain: false };

function openReader() {
  markCurrent();
  document.body.classList.toggle("reading", Boolean(state.story || state.view));
  shown.story = null;
  const reader = $("reader");
  if (state.view === "feeds") return drawFeeds();
  if (!state.story) {
    underWay.get("story")?.abort();
    reader.replaceChildren(el("div", { class: "words" }, el("h2", {}, "Choose a story"), el("p", {}, "Press ", el("kbd", {}, "j"), " and ", el("kbd", {}, "k"), " to move through the list, ", el("kbd", {}, "Enter"), " to open, ", el("kbd", {}, "/"), " to search and ", el("kbd", {}, "?"), " for all keys.")));
    return titles();
  }
  const id = state.story;
  quietly(async () => {
    const story = await fetchJson("story", `api/stories/${encodeURIComponent(id)}`);
    shown.story = story;
    reader.scrollTop = 0;
    drawStory(story);
    titles();
    if (story.copy_of || story.cluster) await addCopies(story);
  }, (error) => {
    reader.replaceChildren(back(), el("div", { class: "words" }, el("h2", {}, error.status === 404 ? "This story is not here" : "The story can't be read"), el("p", {}, error.message),
      error.status === 404 || error.status === 400 ? "" : el("button", { class: "quiet", type: "button", on: { click: openReader } }, "Try again")));
  });
}

function back(always) {
  return el("button", { class: `quiet back${always ? " always" : ""}`, type: "button", on: { click: closeReader } }, "← Stories");
}

function closeReader() {
  const from = state.story;
  go({ story: "", view: "" });
  const link = list.nodes.get(from)?.node.firstElementChild ?? opener;
  if (link?.isConnected) link.focus({ preventScroll: true });
}

function drawStory(story) {
  const gone = withdrawn(story);
  const reader = $("reader");
  const language = story.language || null;
  const first = story.first_published_at && story.published_at && story.first_published_at < story.published_at;
  const original = outside(story.url);
  reader.replaceChildren(
    back(),
    notice(story, gone),
    el("div", { class: "meta" }, who(story), flags(story), story.language ? el("span", {}, languageName(story.language)) : ""),
    el("h2", { class: "title", dir: "auto", lang: language }, gone ? "This story was withdrawn" : story.headline || "No headline"),
    story.subheadline ? el("p", { class: "subtitle", dir: "auto", lang: language }, story.subheadline) : "",
    el("div", { class: "facts" },
      story.byline.length ? el("span", { class: "by", dir: "auto" }, `By ${story.byline.join(", ")}`, story.byline_title ? `, ${story.byline_title}` : "") : "",
      story.published_at ? longTime(story.published_at, story.published_precision) : el("span", {}, "No time given"),
      first ? el("span", {}, "first published ", longTime(story.first_published_at, story.published_precision)) : "",
      story.word_count ? el("span", {}, count(story.word_count, "word", "words")) : "",
      original ? linkOut(original, "Original") : ""),
    gone ? "" : bodyOf(story),
    story.staff ? el("p", { class: "facts" }, story.staff) : "",
    namesOf(story),
    versionsOf(story),
    el("section", { class: "part copies", id: "copies", "aria-label": "Copies", hidden: true }),
    recordOf(story),
  );
  reader.classList.toggle("plain", shown.plain);
}

function notice(story, gone) {
  const by = story.provider || story.source;
  if (gone) {
    return el("p", { class: "notice kill", role: "status" }, el("strong", {}, el("bdi", {}, by), " withdrew this story"),
      "Don't use it. Its text has been taken out of the index, in every version.", story.editor_note ? ` ${story.editor_note}` : "");
  }
  if (story.change === "correction") {
    return el("p", { class: "notice correction", role: "status" }, el("strong", {}, "Corrected"), story.editor_note || "What changed is under Versions.");
  }
  if (story.copy_of) {
    return el("p", { class: "notice plain" }, el("strong", {}, `Copy: ${RELATION_WORD[story.relation] ?? "the same story"}`),
      el("a", { href: address({ ...state, story: story.copy_of, view: "" }), "data-id": story.copy_of, on: { click: follow } }, "The story it copies"));
  }
  if (story.editor_note) return el("p", { class: "notice plain" }, el("strong", {}, "Note to editors"), story.editor_note);
  return "";
}

function drawNewer(story) {
  document.getElementById("newer")?.remove();
  const text = story.change === "correction" ? "A correction has come." : "A newer version has come.";
  $("reader").prepend(el("p", { class: "notice correction", id: "newer", role: "status" }, `${text} `, el("button", { class: "quiet", type: "button", on: { click: openReader } }, "Show it")));
}

function bodyOf(story) {
  const language = story.language || null;
  const byParagraph = new Map();
  story.entities.forEach((entity, index) => {
    for (const mention of entity.mentions) {
      if (mention.field !== "body" && mention.field !== "summary") continue;
      const key = `${mention.field} ${mention.paragraph}`;
      byParagraph.set(key, [...(byParagraph.get(key) ?? []), { ...mention, entity, index }]);
    }
  });
  const opening = (story.body[0] ?? "").slice(0, 60);
  const lead = story.summary && !(opening && story.summary.startsWith(opening.slice(0, 40))) && story.summary !== story.headline;
  return el("div", { class: "body", lang: language, on: { mouseover: sameOn, mouseout: sameOff, click: entityClick } },
    lead ? el("p", { class: "lead", dir: "auto" }, named(story.summary, byParagraph.get("summary 0"))) : "",
    story.body.map((paragraph, at) => el("p", { dir: "auto" },
      at === 0 && story.dateline?.text ? [el("span", { class: "dateline" }, story.dateline.text), " — "] : "",
      named(paragraph, byParagraph.get(`body ${at}`)))),
    !story.body.length && !lead ? el("p", { class: "facts" }, "The wire sent no text with this story.") : "");
}

/** A paragraph with its entities marked. Offsets count code points, JavaScript strings UTF-16 units. */
function named(paragraph, mentions = []) {
  const characters = Array.from(paragraph);
  const parts = [];
  let done = 0;
  for (const mention of [...mentions].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (mention.start < done || mention.end > characters.length) continue;
    parts.push(characters.slice(done, mention.start).join(""));
    const { entity } = mention;
    parts.push(el("span", { class: `entity kind-${known(entity.type)}`, "data-entity": String(mention.index), title: `${TYPE_WORD[entity.type] ?? entity.type}: ${entity.name}` }, characters.slice(mention.start, mention.end).join("")));
    done = mention.end;
  }
  parts.push(characters.slice(done).join(""));
  return parts;
}

function known(type) {
  return type in TYPE_WORD ? type : "group";
}

function sameOn(event) {
  const index = event.target.closest(".entity")?.dataset.entity;
  if (index === undefined) return;
  for (const node of event.currentTarget.querySelectorAll(".entity")) node.classList.toggle("same", node.dataset.entity === index);
}

function sameOff(event) {
  for (const node of event.currentTarget.querySelectorAll(".same")) node.classList.remove("same");
}

function entityClick(event) {
  const index = event.target.closest(".entity")?.dataset.entity;
  if (index !== undefined && !String(getSelection())) filterBy(shown.story.entities[Number(index)]);
}

function filterBy(entity) {
  const filter = ["person", "organisation", "place"].includes(entity.type) ? entity.type : "entity";
  if (!state[filter].includes(filterValue(entity))) toggle(filter, filterValue(entity));
}

/** What the index knows an entity by: its link, else its name. */
function filterValue(entity) {
  return entity.link ? `${entity.link.scheme}:${entity.link.id}` : entity.name;
}

function namesOf(story) {
  if (!story.entities.length) {
    return story.entities_note && !withdrawn(story) ? el("section", { class: "part", "aria-label": "Names" }, el("h3", {}, "Names"), el("p", { class: "facts" }, story.entities_note)) : "";
  }
  const groups = TYPES.map(([type, title]) => [type, title, story.entities.filter((entity) => entity.type === type)]).filter(([, , of]) => of.length);
  const plain = el("button", { class: "quiet", type: "button", "aria-pressed": String(!shown.plain), "aria-keyshortcuts": "e", on: { click: () => togglePlain() } }, "Marked in the text");
  return el("section", { class: "part", "aria-label": "Names" }, el("h3", {}, "Names", plain),
    el("div", { class: "names" }, groups.map(([type, title, entities]) => el("div", { class: `kind-${type}` }, el("h4", {}, title),
      el("ul", {}, entities.map((entity) => el("li", {},
        el("button", { type: "button", title: "Only stories with this name", on: { click: () => filterBy(entity) } }, el("bdi", {}, entity.name)),
        el("span", { class: "count", title: count(entity.mentions.length, "mention", "mentions") }, `${entity.mentions.length}`),
        whereIs(entity))))))));
}

function whereIs(entity) {
  const parts = [];
  if (entity.role) parts.push(el("bdi", {}, entity.role));
  const { link } = entity;
  if (link) {
    if (link.country && countryName(link.country) !== entity.name) parts.push(countryName(link.country));
    const { location } = link;
    if (location) {
      const ordinate = (value, plus, minus) => `${Math.abs(value).toFixed(2)}° ${value < 0 ? minus : plus}`;
      parts.push(linkOut(`https://www.openstreetmap.org/?mlat=${Number(location.lat)}&mlon=${Number(location.lon)}#map=8/${Number(location.lat)}/${Number(location.lon)}`, `${ordinate(location.lat, "N", "S")}, ${ordinate(location.lon, "E", "W")}`));
    }
    if (link.scheme === "geonames") parts.push(linkOut(`https://www.geonames.org/${encodeURIComponent(link.id)}`, "GeoNames"));
    else if (link.scheme === "wikidata") parts.push(linkOut(`https://www.wikidata.org/wiki/${encodeURIComponent(link.id)}`, "Wikidata"));
    else if (link.scheme === "ticker") parts.push(link.id);
  }
  return parts.length ? el("span", { class: "where" }, parts.flatMap((part, at) => (at ? [" · ", part] : [part]))) : "";
}

function togglePlain() {
  shown.plain = !shown.plain;
  $("reader").classList.toggle("plain", shown.plain);
  const button = document.querySelector(".part h3 button[aria-keyshortcuts=e]");
  button?.setAttribute("aria-pressed", String(!shown.plain));
}

function versionsOf(story) {
  if (story.history.length < 2) return "";
  const lines = [...story.history].sort((a, b) => b.version - a.version);
  const readable = !withdrawn(story);
  return el("section", { class: "part versions", "aria-label": "Versions" }, el("h3", {}, "Versions"),
    el("ol", {}, lines.map((line, at) => el("li", {},
      el("div", { class: "line" }, el("span", {}, `${line.version}`),
        line.change === "correction" ? el("span", { class: "flag correction" }, "Correction") : line.change === "kill" ? el("span", { class: "flag kill" }, "Withdrawn") : el("span", { class: "flag plain" }, CHANGE_WORD[line.change] ?? line.change),
        line.at ? longTime(line.at, story.published_precision) : el("span", { class: "when" }, "no time"),
        line.late ? el("span", { class: "when" }, "came after a newer one") : "",
        line.headline && line.headline !== story.headline ? el("bdi", {}, line.headline) : "",
        readable && at < lines.length - 1 ? changesButton(story, line) : "")))));
}

function changesButton(story, line) {
  const button = el("button", { class: "quiet", type: "button", "aria-expanded": "false", "data-version": String(line.version), on: { click: () => {
    const row = button.closest("li");
    const open = row.querySelector(".changes");
    if (open) {
      open.remove();
      button.setAttribute("aria-expanded", "false");
      return;
    }
    button.setAttribute("aria-expanded", "true");
    quietly(async () => {
      const answer = await fetchJson(`changes ${line.version}`, `api/stories/${encodeURIComponent(story.id)}/versions/${line.version}/changes`);
      row.append(changesOf(answer));
    }, (error) => row.append(el("div", { class: "changes" }, error.message)));
  } } }, "What changed");
  return button;
}

const FIELD_WORD = { headline: "Headline", subheadline: "Second headline", byline: "Byline", dateline: "Dateline", summary: "Summary", editor_note: "Note to editors", body: "Text" };

function changesOf(answer) {
  if (!answer.passages.length) return el("div", { class: "changes" }, "The words are the same; only details beside the text changed.");
  const parts = [];
  let field = "";
  for (const passage of answer.passages) {
    if (passage.field !== field) parts.push(el("h5", {}, FIELD_WORD[passage.field] ?? passage.field));
    field = passage.field;
    parts.push(el("p", { dir: "auto" }, passage.pieces.map((piece) => (piece.kind === "added" ? el("ins", {}, piece.text) : piece.kind === "removed" ? el("del", {}, piece.text) : piece.text))));
  }
  if (answer.unchanged) parts.push(el("p", { class: "gap" }, `${count(answer.unchanged, "paragraph", "paragraphs")} unchanged`));
  return el("div", { class: "changes" }, parts);
}

async function addCopies(story) {
  const copies = await fetchJson("copies", `api/stories/${encodeURIComponent(story.id)}/copies`);
  if (!copies.length || shown.story !== story) return;
  const part = $("copies");
  part.hidden = false;
  part.replaceChildren(el("h3", {}, "Also by"), el("ul", {}, copies.map((copy) => el("li", {},
    el("a", { href: address({ ...state, story: copy.id, view: "" }), "data-id": copy.id, on: { click: follow } }, el("bdi", {}, copy.provider || copy.source), ": ", el("bdi", {}, copy.headline || "no headline")),
    " ", el("span", { class: "how" }, copy.relation ? RELATION_WORD[copy.relation] ?? copy.relation : "the first", copy.similarity !== null && copy.similarity < 1 ? `, ${Math.round(copy.similarity * 100)}%` : "")))));
}

function recordOf(story) {
  const subjects = story.subjects.map((subject) => subject.name || subject.code);
  const rows = [
    ["Subjects", [...new Set([...subjects, ...story.keywords])].join(", ")], ["Slug", story.slugline], ["Credit", story.credit], ["Rights", story.rights],
    ["Pictures", story.media.length ? el("ul", {}, story.media.map((one) => el("li", {}, linkOut(one.url, one.caption || one.type || "picture"), one.credit ? ` ${one.credit}` : ""))) : ""],
    ["Urgency", story.urgency ? String(story.urgency) : ""], ["Format", story.format], ["Wire's id", story.guid], ["Id here", story.id], ["Read from", story.document],
    ["Collected", story.collected_at ? longTime(story.collected_at) : ""], ["Taken for granted", story.assumed.join(" ")],
  ].filter(([, value]) => value);
  return el("section", { class: "part", "aria-label": "Record" }, el("h3", {}, "Record"),
    el("dl", { class: "record" }, rows.map(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)])));
}

// ---- feeds ----

function drawFeeds() {
  document.title = "Feeds – Wirepipe";
  quietly(async () => {
    const answer = await fetchJson("story", "api/feeds");
    const dead = Object.entries(answer.dead_letters);
    const ago = (iso) => (iso ? el("time", { datetime: iso, title: iso }, agoText(Date.parse(answer.at) - Date.parse(iso))) : "–");
    $("reader").scrollTop = 0;
    $("reader").replaceChildren(back(true), el("h2", { class: "title" }, "Feeds"),
      el("p", { class: "facts" }, el("span", {}, count(answer.index.stories, "story", "stories")), el("span", {}, count(answer.index.copies, "copy", "copies")),
        el("span", {}, count(answer.index.killed, "withdrawn", "withdrawn")), el("span", {}, count(answer.index.withheld, "waiting for its time", "waiting for their time")),
        dead.length ? el("span", {}, `Dead letters: ${dead.map(([stage, number]) => `${stage} ${number}`).join(", ")}`) : el("span", {}, "No dead letters")),
      answer.sources.length ? el("table", { class: "feeds" }, el("thead", {}, el("tr", {}, ["Source", "Stories", "Newest story", "Processed", "Asked", "Dead letters"].map((name) => el("th", { scope: "col", class: ["Stories", "Dead letters"].includes(name) ? "number" : null }, name)))),
        el("tbody", {}, answer.sources.map((source) => el("tr", {},
          el("td", {}, el("bdi", {}, source.source), source.feeds.map((feed) => feedLine(feed, source))),
          el("td", { class: "number" }, source.stories.toLocaleString("en-GB")), el("td", {}, ago(source.last_event_at)), el("td", {}, ago(source.last_indexed_at)),
          el("td", {}, source.feeds.length ? ago(source.feeds.map((feed) => feed.checked_at).sort().at(-1)) : "–"),
          el("td", { class: `number${source.dead_letters ? " trouble" : ""}` }, String(source.dead_letters)))))) : el("p", { class: "words" }, "Nothing is collected yet: `wire feeds add` names a feed."));
  }, (error) => $("reader").replaceChildren(back(), el("div", { class: "words" }, el("h2", {}, "The feeds can't be read"), el("p", {}, error.message))));
}

function feedLine(feed, source) {
  return [el("div", { class: "feed-url" }, feed.name === source.source ? "" : [el("bdi", {}, feed.name), " "], feed.enabled ? "" : "paused ", el("bdi", {}, feed.url)),
    feed.trouble ? el("div", { class: "trouble" }, feed.failures > 1 ? `${feed.failures} failures: ` : "", feed.trouble) : ""];
}

function agoText(milliseconds) {
  const minutes = Math.round(milliseconds / SPAN.m);
  if (minutes < 1) return "just now";
  if (minutes < 90) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h ago`;
  return `${Math.round(minutes / 1440)} days ago`;
}

// ---- keys ----

function moveBy(by) {
  const nodes = [...$("stories").children];
  if (!nodes.length) return;
  const focused = nodes.findIndex((node) => node.contains(document.activeElement));
  const current = focused >= 0 ? focused : nodes.findIndex((node) => node.dataset.id === state.story);
  const at = Math.max(0, Math.min(nodes.length - 1, current < 0 ? (by > 0 ? 0 : nodes.length - 1) : current + by));
  const link = nodes[at].firstElementChild;
  link.focus({ preventScroll: true });
  nodes[at].scrollIntoView({ block: "nearest" });
  // With a story open beside the list, moving reads on; the address is replaced so that going back leaves the reading at once.
  if (state.story && state.story !== nodes[at].dataset.id) go({ story: nodes[at].dataset.id, view: "" }, { replace: true });
  if (at === nodes.length - 1 && by > 0 && list.more && !$("more").disabled) more();
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  const typing = event.target.matches?.("input, select, textarea");
  if (event.key === "Escape") {
    if (typing) event.target.blur();
    else if ($("facets").classList.contains("open")) drawer(false);
    else if (state.story || state.view) closeReader();
    return;
  }
  if (typing) return;
  const act = { "/": () => { $("q").focus(); $("q").select(); }, j: () => moveBy(1), k: () => moveBy(-1), n: takeFresh, e: togglePlain, c: () => go(NOTHING),
    v: () => document.querySelector(".versions button[data-version]")?.click(), "?": () => $("keys").showModal() }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function drawer(open) {
  $("facets").classList.toggle("open", open);
  $("show-facets").setAttribute("aria-expanded", String(open));
  (open ? $("hide-facets") : $("show-facets")).focus();
}

// ---- beginning ----

function begin() {
  $("range").append(...RANGES.map(([range, words]) => el("button", { type: "button", "data-range": range, on: { click: () => go({ range, since: "", until: "" }) } }, words)));
  let typing = 0;
  $("q").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => go({ q: $("q").value.trim() }, { replace: true }), 220);
  });
  $("search").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    go({ q: $("q").value.trim() });
    $("stories").focus({ preventScroll: true });
  });
  $("sort").addEventListener("change", () => go({ order: $("sort").value === "newest" ? "newest" : "" }));
  $("more").addEventListener("click", more);
  $("fresh").addEventListener("click", takeFresh);
  $("home").addEventListener("click", (event) => { event.preventDefault(); go({ ...NOTHING, story: "", view: "" }); });
  $("feeds-link").addEventListener("click", (event) => { event.preventDefault(); drawer(false); go({ story: "", view: "feeds" }); });
  $("show-facets").addEventListener("click", () => drawer(true));
  $("hide-facets").addEventListener("click", () => drawer(false));
  $("show-keys").addEventListener("click", () => $("keys").showModal());
  document.addEventListener("keydown", onKey);
  document.addEventListener("visibilitychange", sight);
  addEventListener("popstate", () => arrive(readState()));
  new ResizeObserver(() => drawTimeline()).observe($("plot"));
  drawControls();
  ask();
  openReader();
}

begin();
