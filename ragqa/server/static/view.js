// An answer as elements. Text from outside becomes text nodes and nothing else.

import { duration, inWords, percent, plural, unitOffsets } from "./text.js";

const WORTH_SAYING = 0.1; // claims below it are not shown beside an answer
const NEAREST = 3; // claims shown when the documents don't say
const LONG = 90; // characters of an answer that is set in smaller type
const LONGEST_WAIT = 2 ** 31 - 1; // milliseconds that a timer can count

/** An element; strings among its children are text. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** The whole result; `open(citation, button)` shows a source. */
export function answerView(answer, open) {
  const parts = !answer.answered ? abstention : answer.conflict ? conflict : agreement;
  return el(
    "article",
    { class: "result", "aria-labelledby": "asked" },
    el("h2", { id: "asked", class: "asked", dir: "auto" }, answer.question),
    ...understood(answer),
    ...parts(answer, open),
    footnote(answer),
  );
}

/** A question that leans on earlier ones, as it was put to the documents. */
function understood({ asked, carried }) {
  return carried?.length ? [el("p", { class: "understood" }, "Understood as: ", el("bdi", {}, asked))] : [];
}

/** What a screen reader says when the answer is there. */
export function announcement(answer) {
  if (!answer.answered) return "The documents don’t say.";
  if (answer.conflict) return `The sources disagree: ${sides(answer).map((claim) => claim.text).join("; ")}.`;
  return `${answer.text}. ${confidenceText(answer.confidence)}, from ${plural(answer.citations.length, "source")}.`;
}

function agreement(answer, open) {
  const others = answer.claims.slice(1).filter((claim) => claim.confidence >= WORTH_SAYING);
  return [
    el("p", { class: answer.text.length > LONG ? "answer long" : "answer", dir: "auto" }, answer.text),
    confidence(answer.confidence),
    citations(answer.citations, open),
    ...(others.length ? [folded("Also said", others, open)] : []),
  ];
}

/** What has to be shown where sources disagree: the best claim and the rivals. */
function sides(answer) {
  return answer.claims.filter((claim, rank) => rank === 0 || answer.rivals.includes(rank));
}

function conflict(answer, open) {
  const shown = sides(answer);
  const others = answer.claims.filter((claim) => !shown.includes(claim) && claim.confidence >= WORTH_SAYING);
  return [
    verdict("disagreement", "The sources disagree", "What each of them says, most likely first."),
    list("cards", shown, (claim) => claimView(claim, open)),
    ...(others.length ? [folded("Also said", others, open)] : []),
  ];
}

function abstention(answer, open) {
  const nearest = answer.claims.slice(0, NEAREST);
  const none = "Nothing in them comes near the question.";
  const some = "No passage answers this well enough. These come nearest, and are not an answer.";
  return [
    verdict("silence", "The documents don’t say", nearest.length ? some : none),
    list("nearest", nearest, (claim) => nearestView(claim, open)),
  ];
}

function verdict(kind, title, explanation) {
  return el("div", { class: `verdict ${kind}` }, el("p", { class: "verdict-title" }, title), el("p", {}, explanation));
}

function claimView(claim, open) {
  return [
    el("h3", { class: claim.text.length > LONG / 2 ? "claim long" : "claim", dir: "auto" }, claim.text),
    confidence(claim.confidence),
    citations(claim.citations, open),
  ];
}

function nearestView(claim, open) {
  return [citationView(claim.citations[0], open), confidence(claim.confidence)];
}

function folded(title, claims, open) {
  const others = list("others", claims, (claim) => claimView(claim, open));
  return el("details", {}, el("summary", {}, `${title} (${claims.length})`), others);
}

function confidence(value) {
  const meter = el("meter", { min: 0, max: 1, value, "aria-label": "Confidence" }, percent(value));
  return el("p", { class: "confidence" }, meter, " ", confidenceText(value));
}

function confidenceText(value) {
  const words = inWords(value);
  return `${words[0].toUpperCase()}${words.slice(1)}, ${percent(value)}`;
}

function citations(cited, open) {
  return list("citations", cited, (citation) => [citationView(citation, open)]);
}

function list(kind, entries, view) {
  return el("ul", { class: kind }, ...entries.map((entry) => el("li", {}, ...view(entry))));
}

function citationView(citation, open) {
  const button = el(
    "button",
    { type: "button", class: "source", "aria-haspopup": "dialog", click: () => open(citation, button) },
    el("bdi", { class: "source-title" }, citation.title || citation.document_id),
  );
  return el("figure", { class: "citation" }, quoted(citation), el("figcaption", {}, button, placeView(citation)));
}

/** The sentence with the quote marked, both verbatim. */
function quoted({ sentence, sentence_start, start, quote }) {
  const [begin] = unitOffsets(sentence, [start - sentence_start]);
  const end = begin + quote.length;
  return el(
    "blockquote",
    { dir: "auto" },
    sentence.slice(0, begin),
    el("mark", {}, sentence.slice(begin, end)),
    sentence.slice(end),
  );
}

export function placeView(citation) {
  const place = citation.page ? `page ${citation.page}` : `line ${citation.line}`;
  return el("span", { class: "place" }, el("bdi", {}, citation.document_id), ` · ${place}`);
}

function footnote(answer) {
  const { total } = answer.timings;
  return el("p", { class: "footnote" }, total === undefined ? "" : `Searched and read in ${duration(total)}`);
}

/** What went wrong, in words, with what can be done about it. */
export function problemView(problem, { retry, useKey }) {
  const view = el("section", { class: "problem", role: "alert" }, el("h2", {}, problem.title));
  if (problem.detail) view.append(el("p", { dir: "auto" }, problem.detail));
  if (problem.status === 401) view.append(keyForm(useKey, retry));
  else if (isPassing(problem)) view.append(...again(problem.retryAt, retry));
  return view;
}

/** Whether the same request may succeed later. */
function isPassing({ status }) {
  return status < 400 || status === 408 || status === 429 || status >= 500;
}

function keyForm(useKey, retry) {
  const input = el("input", { id: "key", type: "password", autocomplete: "off", required: true, pattern: "[!-~]+" });
  const submit = (event) => {
    event.preventDefault();
    useKey(input.value);
    retry();
  };
  return el(
    "form",
    { class: "key", submit },
    el("label", { for: "key" }, "API key, kept until this tab is closed"),
    el("div", { class: "box" }, input, el("button", { type: "submit" }, "Use it")),
  );
}

function again(retryAt, retry) {
  const button = el("button", { type: "button", class: "again", click: retry }, "Try again");
  const wait = retryAt ? retryAt.getTime() - Date.now() : 0;
  if (wait <= 0) return [button];
  button.disabled = true;
  setTimeout(() => (button.disabled = false), Math.min(wait, LONGEST_WAIT));
  const seconds = plural(Math.ceil(wait / 1000), "second");
  return [el("p", {}, `It can be asked again in ${seconds}, at ${retryAt.toLocaleTimeString()}.`), button];
}
