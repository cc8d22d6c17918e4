"""Sentence splitters side by side: sentencex, nupunkt and syntok. The results are discussed in docs/engines.md.

python benchmarks/splitters.py --squad dev-*.json.gz
"""

from __future__ import annotations

import argparse
import gzip
import importlib.metadata
import json
import multiprocessing
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LIMIT = 20  # seconds for a hostile text
TOO_LONG = 500  # characters
PLAIN_END = re.compile(r"""[.!?…]["'”’)\]]*\s+(?=["'“‘(\[]*[A-Z0-9])|\n""")
CASES = (  # a bar stands before each sentence but the first
    "Mr. Smith met Dr. Jones at 5 p.m. on Friday.| They talked.",
    "The U.S. economy grew.| Growth was 2.5 percent.",
    "He moved to the U.S.| She stayed in France.",
    "The company was sold to Acme Inc.| Its founder left.",
    "Meta paid $14.3B for 49% of Scale AI.| The deal closed in June.",
    "Use a package manager, e.g. pip, to install it.| Then run it.",
    "Some fruits (i.e. apples, pears, etc.) keep well.| Others do not.",
    "They sell apples, pears, etc.| Others sell bread.",
    "Pi is about 3.14159.| It never ends.",
    "Well... I am not sure.| Ask again.",
    "He waited…| Nobody came.",
    '"Are you coming?" she asked.| He said nothing.',
    'He said, "It is over."| Then he left.',
    "“We won.”| That was all he said.",
    'The sign read "Closed. Come back later." and he left.| It rained.',
    'An unclosed " quote is here.| The next sentence stands alone.| So does this.',
    "Version 2.0.1 was released on Jan. 5, 2024.| It fixed bugs.",
    "J. R. R. Tolkien wrote The Hobbit.| It was published in 1937.",
    "See Fig. 3 and Sec. 4.2 for details.| The proof is in the appendix.",
    "What?!| You did it again!| Great.",
    "Visit example.com or write to a.b@example.org.| We reply soon.",
    "The meeting is at 10 a.m.| Bring your notes.",
    "He chose No. 7.| It won.",
    "iPhone sales fell.| iPad sales rose.",
    "It was -4.5 °C outside.| 30 people came.",
    "Yahoo! was founded in 1994.| It was sold in 2017.",
    "He (the CEO of Acme Corp.) resigned.| Shares fell.",
    "Prof. E. Müller, Ph.D., retired in Sept. 2020.| She taught at ETH.",
    "Ingredients:\n|- 2 eggs\n|- 1 cup of flour\n|- a pinch of salt",
    "1. Open the box.\n|2. Remove the lid.\n|3. Press the button.",
    "A heading without a full stop\n\n|The paragraph below it.",
    "The text is wrapped\nover two lines.| The next starts here.",
)
ODD = (
    "😀",
    "👩‍👩‍👧",
    "e\u0301",
    "ü",
    "\r\n",
    "\r\n\r\n",
    "\n\n",
    "\u2028",
    "\x85",
    "\u00a0",
    "\ufeff",
    "\x00",
    "漢字。",
    "مرحبا؟",
)
WORDS = (
    "The",
    "cat",
    "sat",
    "Mr.",
    "U.S.",
    "end.",
    "What?",
    '"No."',
    "(see",
    "it)",
    "3.14",
    "-",
    "it's",
    "non-",
    "…",
    "!",
)
HOSTILE = {
    "empty": "",
    "10 MB, no space": "a" * 10_000_000,
    "1 MB of .": "." * 1_000_000,
    "1 MB of !": "!" * 1_000_000,
    "1 MB of newlines": "\n" * 1_000_000,
    "1 MB of '. '": ". " * 500_000,
    "1 MB of 'A. '": "A. " * 333_333,
    "1 MB of sentences, no newline": "It is so. " * 100_000,
}

Piece = tuple[int, int, str]  # start, end and what the library says stands there


def sentencex(text: str) -> Iterator[Piece]:
    from sentencex import get_sentence_boundaries

    for each in get_sentence_boundaries("en", text):
        yield each["start_index"], each["end_index"], each["text"]


def guarded(text: str) -> Iterator[Piece]:
    """sentencex, with each piece too long to be a sentence cut again by a plain rule."""
    for start, end, _ in sentencex(text):
        rest = PLAIN_END.finditer(text, start, end) if end - start > TOO_LONG else ()
        for stop in [*(match.end() for match in rest), end]:
            if stop > start:
                yield start, stop, text[start:stop]
            start = stop


def nupunkt(text: str) -> Iterator[Piece]:
    from nupunkt import sentence_segments

    for each in sentence_segments(text, line_breaks=True):
        yield each.start, each.end, each.text


def syntok(text: str) -> Iterator[Piece]:
    from syntok import segmenter

    for paragraph in segmenter.analyze(text):
        for tokens in paragraph:
            last = tokens[-1]
            piece = "".join(map(str, tokens))[len(tokens[0].spacing) :]
            yield tokens[0].offset, last.offset + len(last.value), piece


SPLITTERS: dict[str, Callable[[str], Iterator[Piece]]] = {
    "sentencex": sentencex,
    "sentencex, guarded": guarded,
    "nupunkt": nupunkt,
    "syntok": syntok,
}


def spans(split: Callable[[str], Iterator[Piece]], text: str) -> list[tuple[int, int]]:
    """The sentences without the blanks around them."""
    found = []
    for start, end, _ in split(text):
        piece = text[start:end]
        if piece.strip():
            found.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
    return found


def right(split: Callable[[str], Iterator[Piece]], case: str) -> bool:
    text = case.replace("|", "")
    return [text[start:end] for start, end in spans(split, text)] == [part.strip() for part in case.split("|")]


def exact(split: Callable[[str], Iterator[Piece]], text: str) -> bool:
    """Whether each offset points at the text it claims, in order, and no character but blanks is left out."""
    at, left = 0, []
    for start, end, piece in split(text):
        if start < at or text[start:end] != piece:
            return False
        left.append(text[at:start])
        at = end
    return not "".join([*left, text[at:]]).strip()


def odd_texts(count: int) -> list[str]:
    chance = random.Random(7)
    return [" ".join(chance.choices(ODD + WORDS, k=chance.randint(1, 40))) for _ in range(count)]


def apart(work: Callable[..., None], *arguments: Any) -> Any:
    """What `work` puts in its queue, in a process of its own; None if it takes too long."""
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    process = context.Process(target=work, args=(queue, *arguments))
    process.start()
    process.join(LIMIT)
    if process.is_alive():
        process.kill()
        return None
    return queue.get() if process.exitcode == 0 else None


def start_cost(queue: Any, name: str) -> None:
    before, start = memory(), time.perf_counter()
    list(SPLITTERS[name]("One. Two."))
    queue.put((f"{(time.perf_counter() - start) * 1e3:.0f} ms", f"{memory() - before:.0f} MB"))


def hostile(queue: Any, name: str, what: str) -> None:
    list(SPLITTERS[name]("One. Two."))
    start = time.perf_counter()
    count = sum(1 for _ in SPLITTERS[name](HOSTILE[what]))
    queue.put(f"{time.perf_counter() - start:.2f} s ({count:,})")


def memory() -> float:
    status = Path("/proc/self/status")
    return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024 if status.exists() else float("nan")


def documents(files: list[Path]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """One document a file: its paragraphs, a blank line between two, and where the answers stand."""
    for file in files:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        at, texts, answers = 0, [], []
        for paragraph in (each for article in json.loads(raw)["data"] for each in article["paragraphs"]):
            for answer in (entry["answers"][0] for entry in paragraph["qas"]):
                start = at + answer["answer_start"]
                answers.append((start, start + len(answer["text"])))
            texts.append(paragraph["context"])
            at += len(texts[-1]) + 2
        yield "\n\n".join(texts), answers


def measure(name: str, files: list[Path]) -> dict[str, str]:
    split = SPLITTERS[name]
    opened, used = apart(start_cost, name)
    wrong = [case for case in CASES if not right(split, case)]
    for case in wrong:
        print(f"{name}: {[piece for *_, piece in split(case.replace('|', ''))]}")
    figures = {
        "version": importlib.metadata.version(name.split(",")[0]),
        "import and first call": opened,
        "memory": used,
    }
    figures["hard cases right"] = f"{len(CASES) - len(wrong)} of {len(CASES)}"
    odd = odd_texts(2_000)
    figures["offsets exact, odd texts"] = f"{sum(exact(split, text) for text in odd):,} of {len(odd):,}"
    seconds, characters, cut, answers, longest, unbroken = 0.0, 0, 0, 0, 0, 0
    for text, known in documents(files):
        start = time.perf_counter()
        found = spans(split, text)
        seconds += time.perf_counter() - start
        characters += len(text)
        begins = {begin for begin, _ in found}
        cut += sum(not begins.isdisjoint(range(first + 1, last)) for first, last in known)
        answers += len(known)
        longest = max(longest, *(end - begin for begin, end in found))
        unbroken = max(unbroken, *(end - begin for begin, end in spans(split, " ".join(text.split()))))
    if answers:
        figures["characters a second"] = f"{characters / seconds / 1e6:.1f} million"
        figures["answers cut by a boundary"] = f"{cut / answers:.1%} of {answers:,}"
        figures["longest sentence, in characters"] = f"{longest:,}"
        figures["longest, no line break in the text"] = f"{unbroken:,}"
    return figures | {what: apart(hostile, name, what) or f"over {LIMIT} s" for what in HOSTILE}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squad", type=Path, nargs="*", default=[], help="SQuAD 1.1 files, .json or .json.gz")
    options = parser.parse_args()
    results = {name: measure(name, options.squad) for name in SPLITTERS}
    print(f"\n| | {' | '.join(results)} |\n| --- |" + " ---: |" * len(results))
    for key in results["sentencex"]:
        print(f"| {key} | {' | '.join(row[key] for row in results.values())} |")


if __name__ == "__main__":
    main()
