// Text and numbers, without the page: offsets, windows of a long document, confidence in words.

/**
 * Offsets in UTF-16 units, as JavaScript counts, of ascending offsets in code points, as ragqa counts: an emoji is one
 * code point and two units.
 */
export function unitOffsets(text, codePoints) {
  const units = [];
  let unit = 0;
  let counted = 0;
  for (const wanted of codePoints) {
    for (; counted < wanted && unit < text.length; counted += 1) unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
    units.push(unit);
  }
  return units;
}

/** Where `quote` stands in `text`, in units, or null when it does not stand at `codePoint`: nothing is guessed. */
export function spanOf(text, quote, codePoint) {
  const [start] = unitOffsets(text, [codePoint]);
  return text.startsWith(quote, start) ? { start, end: start + quote.length } : null;
}

/** The part of a long text to show first: whole lines, or at least whole words, `reach` units around the span. */
export function around(text, span, reach) {
  return { start: cutBefore(text, span.start - reach), end: cutAfter(text, span.end + reach) };
}

/**
 * A part of a text in pieces that a browser lays out one by one. Cuts fall at page starts, else at ends of lines or
 * words, never inside the span.
 */
export function pieces(text, part, span, pageStarts, length) {
  const pages = pageStarts.filter((unit) => unit > part.start && unit < part.end);
  const found = [];
  for (let start = part.start; start < part.end; ) {
    const page = pages.find((unit) => unit > start) ?? part.end;
    let end = Math.min(cutAfter(text, start + length), page, part.end);
    if (span && end > span.start && end < span.end) end = Math.min(span.end, part.end);
    found.push({ start, end });
    start = end;
  }
  return found;
}

function cutBefore(text, unit) {
  if (unit <= 0) return 0;
  const line = text.lastIndexOf("\n", unit);
  const cut = unit - line < NEAR ? line + 1 : text.lastIndexOf(" ", unit) + 1;
  return unit - cut < NEAR ? cut : unit - inCharacter(text, unit);
}

function cutAfter(text, unit) {
  if (unit >= text.length) return text.length;
  const line = text.slice(unit, unit + NEAR).search(/\n/);
  const cut = line >= 0 ? line : text.slice(unit, unit + NEAR).search(/\s/);
  return cut >= 0 ? unit + cut + 1 : unit + inCharacter(text, unit);
}

const NEAR = 2000;

/** 1 between the two units of a character, else 0. */
function inCharacter(text, unit) {
  const next = text.charCodeAt(unit);
  return next >= 0xdc00 && next <= 0xdfff ? 1 : 0;
}

/** Never "0%" or "100%": a probability is not certainty. */
export function percent(share) {
  if (share < 0.01) return "under 1%";
  return share > 0.99 ? "over 99%" : `${Math.round(share * 100)}%`;
}

const WORDS = [
  [0.95, "almost certain"],
  [0.8, "very likely"],
  [0.6, "likely"],
  [0.4, "about even"],
  [0.2, "doubtful"],
  [0, "unlikely"],
];

export function inWords(share) {
  return WORDS.find(([least]) => share >= least)[1];
}

export function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

export function duration(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
