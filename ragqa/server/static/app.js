// The page: one question at a time, each in the address, so that an answer can be linked to.

import { ask, useKey } from "./api.js";
import { closeSource, openSource } from "./panel.js";
import { announcement, answerView, el, problemView } from "./view.js";

const root = document.documentElement;
const form = document.getElementById("ask");
const input = document.getElementById("question");
const result = document.getElementById("result");
const status = document.getElementById("status");
const conversation = document.getElementById("conversation");

const turns = []; // what was asked since the page was opened: the question, its answer, what a link to it asks
let asking = new AbortController();

/** Ask, and remember the answer as this history entry's turn. */
async function run(question) {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  waiting(question);
  try {
    const answer = await ask({ question, history: earlier() }, signal);
    if (signal.aborted) return;
    const turn = turns.push({ question, answer, link: answer.asked || question }) - 1;
    history.replaceState({ turn }, "", address(turns[turn].link));
    show(turn);
  } catch (problem) {
    if (signal.aborted) return;
    status.textContent = "";
    put(problemView(problem, { retry: () => run(question), useKey }));
    listTurns();
  }
}

/** The conversation so far, as the server takes it. */
function earlier() {
  return turns.map(({ question, answer }) => ({ question, answer: answer.text, asked: answer.asked || null }));
}

function waiting(question) {
  state("asked", question);
  result.setAttribute("aria-busy", "true");
  status.textContent = "Searching and reading…";
}

function show(turn) {
  const { question, answer } = turns[turn];
  state("asked", question);
  put(answerView(answer, openSource));
  status.textContent = announcement(answer);
  listTurns(turn);
}

function put(view) {
  result.removeAttribute("aria-busy");
  result.replaceChildren(view);
}

function state(name, question) {
  closeSource();
  root.dataset.state = name;
  document.title = question ? `${question} · ragqa` : "ragqa";
}

/** The turns but the one that is shown. */
function listTurns(current) {
  const entry = ({ question, answer, link }) => [
    el("a", { href: address(link), dir: "auto" }, question),
    el("span", { class: "said", dir: "auto" }, said(answer)),
  ];
  const items = turns.flatMap((turn, n) => (n === current ? [] : [el("li", { "data-turn": n }, ...entry(turn))]));
  conversation.querySelector("ol").replaceChildren(...items);
  conversation.hidden = items.length === 0;
}

function said(answer) {
  if (!answer.answered) return "The documents don’t say";
  return answer.conflict ? "The sources disagree" : answer.text;
}

function address(question) {
  return `?${new URLSearchParams({ q: question })}`;
}

/** What the address asks for: a turn of this page, a question, or nothing yet. */
function follow() {
  const question = new URLSearchParams(location.search).get("q")?.trim() ?? "";
  const turn = history.state?.turn;
  const known = turns[turn]?.link === question;
  asking.abort();
  input.value = known ? turns[turn].question : question; // nowhere else: what is typed meanwhile must stay
  if (known) show(turn);
  else if (question) run(question);
  else {
    state("empty", "");
    status.textContent = "";
    result.removeAttribute("aria-busy");
    result.replaceChildren();
    listTurns();
    input.focus();
  }
}

function go(question, turn) {
  if (address(question) !== location.search || turn !== undefined) history.pushState({ turn }, "", address(question));
  else history.replaceState({}, "");
  follow();
}

input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = input.value.trim();
  if (!question) return;
  if (matchMedia("(pointer: coarse)").matches) input.blur(); // puts the keyboard of a phone away
  else input.select();
  go(question);
});

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault(); // to go to a fragment would be to leave the turn
  result.focus();
});

/** Links to a question are followed here, so that the conversation stays; with a modifier key, by the browser. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='?']");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const turn = link.closest("[data-turn]")?.dataset.turn;
  go(new URLSearchParams(link.search).get("q"), turn === undefined ? undefined : Number(turn));
});

addEventListener("popstate", follow);
follow();
