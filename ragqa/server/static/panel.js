// The source of a citation: a panel beside the answer, or a dialog over it where the window is narrow.

import { fetchDocument, useKey } from "./api.js";
import { around, pieces, plural, spanOf, unitOffsets } from "./text.js";
import { el, placeView, problemView } from "./view.js";

const REACH = 20_000; // units shown before and after the quote at first
const PIECE = 8_000; // units that are laid out at a time
const MOVED = "The quote no longer stands here: the document has changed. Ask again.";

const panel = document.getElementById("panel");
const title = document.getElementById("panel-title");
const place = document.getElementById("panel-place");
const body = document.getElementById("panel-text");
const narrow = matchMedia("(max-width: 60rem)");

let opener = null; // the button that has the focus back when the panel closes
let loading = new AbortController();

/** Show the citation's document, at its quote. */
export async function openSource(citation, button) {
  opener?.classList.remove("open");
  opener = button;
  opener.classList.add("open");
  title.replaceChildren(el("bdi", {}, citation.title || citation.document_id));
  place.replaceChildren(placeView(citation));
  body.replaceChildren(el("p", { class: "loading" }, "Loading…"));
  present();
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  try {
    const source = await fetchDocument(citation.document_id, signal);
    if (!signal.aborted) show(source, citation);
  } catch (problem) {
    if (signal.aborted) return;
    const retry = () => openSource(citation, button);
    body.replaceChildren(problemView(problem, { retry, useKey }));
  }
}

/** Close the panel; the focus, where it was inside, goes back to the citation. */
export function closeSource() {
  if (!panel.open) return;
  const inside = panel.contains(document.activeElement);
  panel.close();
  if (inside) opener.focus();
}

function present() {
  if (!panel.open && narrow.matches) panel.showModal();
  else if (!panel.open) panel.show();
  document.documentElement.classList.add("reading");
  body.focus({ preventScroll: true });
}

function show(source, citation) {
  const span = spanOf(source.text, citation.quote, citation.start);
  const whole = { start: 0, end: source.text.length };
  const part = around(source.text, span ?? { start: 0, end: 0 }, REACH);
  const pages = unitOffsets(source.text, source.page_starts);
  const draw = (shown) => render(source.text, shown, whole, span, pages, () => draw(whole));
  draw(part);
}

function render(text, part, whole, span, pages, showAll) {
  const more = (label) => el("button", { type: "button", class: "more", click: showAll }, label);
  const before = part.start > whole.start;
  const after = part.end < whole.end;
  const all = `Show the whole text (${plural(text.length, "character")})`;
  body.classList.toggle("long", part.end - part.start > 3 * REACH); // before anything is laid out
  body.replaceChildren(
    ...(span ? [] : [el("p", { class: "notice" }, MOVED)]),
    ...(before ? [more(all)] : []),
    ...pieces(text, part, span, pages, PIECE).map((piece) => pieceView(text, piece, span, pages)),
    ...(after ? [more(all)] : []),
  );
  const mark = body.querySelector("mark");
  const inside = panel.contains(document.activeElement) || document.activeElement === document.body;
  if (inside) (mark ?? body).focus({ preventScroll: true });
  settle(mark, 3);
}

/** Bring the mark into view, and again once the pieces around it, whose heights were estimates, are laid out. */
function settle(mark, times) {
  mark?.scrollIntoView({ block: "center" });
  if (times > 0) requestAnimationFrame(() => settle(mark, times - 1));
}

function pieceView(text, { start, end }, span, pages) {
  const page = pages.indexOf(start) + 1;
  const view = el("div", { class: "piece", dir: "auto", ...(page && { "data-page": `Page ${page}` }) });
  if (!span || span.start < start || span.start >= end) view.append(text.slice(start, end));
  else {
    const mark = el("mark", { tabindex: "-1" }, text.slice(span.start, span.end));
    view.append(text.slice(start, span.start), mark, text.slice(span.end, end));
  }
  return view;
}

panel.addEventListener("close", () => {
  if (panel.open) return; // it was only turned from a panel into a dialog, or back
  loading.abort();
  document.documentElement.classList.remove("reading");
  opener.classList.remove("open");
});

document.getElementById("panel-close").addEventListener("click", closeSource);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel.open && !event.isComposing) {
    event.preventDefault();
    closeSource();
  }
});

narrow.addEventListener("change", () => {
  if (!panel.open) return;
  panel.close();
  present();
});
