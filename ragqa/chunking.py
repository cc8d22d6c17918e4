"""Documents to passages: sentence-aware slices within a token budget, which respect headings.

Invariants, property-tested: `passage.text == document.text[passage.start:passage.end]`; every character that is
not white space is in at least one passage; no passage has more than `max_tokens` tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ragqa.layout import blocks
from ragqa.schema import Document, Passage
from ragqa.sentences import cut, pieces

TokenCounter = Callable[[Sequence[str]], list[int]]

# A token seldom has more characters; this bounds "words" of megabytes that a tokenizer counts as one.
CHARS_PER_TOKEN = 8


class ChunkSettings(BaseModel):
    """How passages are cut; part of an index's manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_tokens: int = Field(default=200, ge=8, description="Most tokens in a passage.")
    overlap_tokens: int = Field(default=50, ge=0, description="Most tokens that a passage repeats of the one before.")
    min_tokens: int = Field(default=60, ge=0, description="A section shorter than this is joined with the next one.")
    language: str = Field(default="en", description="ISO 639-1 code for the sentence splitter.")

    @model_validator(mode="after")
    def _check(self) -> ChunkSettings:
        if self.overlap_tokens * 2 > self.max_tokens:
            raise ValueError("overlap_tokens must be at most half of max_tokens")
        return self


@dataclass(frozen=True)
class _Unit:
    """What is never cut apart while it fits: a sentence, a list item, a table row, a heading."""

    start: int
    end: int
    section: int  # counts headings; units of one section stand under the same heading
    heading: bool = False
    tokens: int = 0


def chunk(document: Document, count_tokens: TokenCounter, settings: ChunkSettings | None = None) -> list[Passage]:
    """Cut a document into passages, in order; a blank document has none.

    Args:
        document: what to cut.
        count_tokens: tokens of each text, without special tokens; usually `embedding.count_tokens`.
        settings: the budget; None for the defaults.
    """
    settings = settings or ChunkSettings()
    text, headings = document.text, [""]
    spans: list[_Unit] = []
    for block in blocks(text):
        if block.kind == "heading":
            headings.append(block.title(text))
        section = len(headings) - 1
        found = pieces(text, block.kind, block.start, block.end, settings.language)
        spans += [_Unit(start, end, section, block.kind == "heading") for start, end in found]
    units = _fit(text, spans, count_tokens, settings.max_tokens)
    groups = _verified(text, list(_pack(units, settings)), count_tokens, settings.max_tokens)
    slices = [(group[0].start, group[-1].end, headings[group[0].section]) for group in groups]
    return [
        Passage(document_id=document.id, start=start, end=end, text=text[start:end], heading=heading)
        for start, end, heading in slices
    ]


def _fit(text: str, units: list[_Unit], count_tokens: TokenCounter, max_tokens: int) -> list[_Unit]:
    """Count the tokens of every unit and cut those that are over the budget."""
    pending = [
        replace(unit, start=start, end=end)
        for unit in units
        for start, end in cut(text, unit.start, unit.end, max_tokens * CHARS_PER_TOKEN)
    ]
    while True:
        counts = count_tokens([text[unit.start : unit.end] for unit in pending])
        if all(n <= max_tokens or u.end - u.start == 1 for u, n in zip(pending, counts, strict=True)):
            return [replace(unit, tokens=n) for unit, n in zip(pending, counts, strict=True)]
        halves: list[_Unit] = []
        for unit, n in zip(pending, counts, strict=True):
            longest = unit.end - unit.start
            if n > max_tokens and longest > 1:
                parts = -(-n // max_tokens)
                longest = max(1, -(-longest // parts) if n < 4 * max_tokens else longest // 2)
                longest = min(longest, unit.end - unit.start - 1)
            for start, end in cut(text, unit.start, unit.end, longest):
                halves.append(replace(unit, start=start, end=end))
        pending = halves


def _pack(units: list[_Unit], settings: ChunkSettings) -> Iterator[list[_Unit]]:
    """Join neighbouring units while they fit."""
    current: list[_Unit] = []
    for unit in units:
        too_long = not _fits([*current, unit], settings)
        new_section = (
            bool(current)
            and unit.section != current[-1].section
            and sum(u.tokens for u in current) >= settings.min_tokens
        )
        if current and (too_long or new_section):
            whole, dangling = _split_dangling(current)
            yield whole
            if dangling and not _fits([*dangling, unit], settings):
                yield dangling
                current = []
            else:
                current = dangling or (_overlap(whole, unit, settings) if too_long and not new_section else [])
        current.append(unit)
    if current:
        yield current


def _fits(units: list[_Unit], settings: ChunkSettings) -> bool:
    """Whether units are within the budget of tokens, and of characters, as text without tokens is text too."""
    characters = units[-1].end - units[0].start
    return characters <= settings.max_tokens * CHARS_PER_TOKEN and sum(u.tokens for u in units) <= settings.max_tokens


def _split_dangling(units: list[_Unit]) -> tuple[list[_Unit], list[_Unit]]:
    """A heading at the end of a passage belongs to the next one, unless the passage holds nothing else."""
    last = len(units)
    while last and units[last - 1].heading:
        last -= 1
    return (units[:last], units[last:]) if last else (units, [])


def _overlap(units: list[_Unit], following: _Unit, settings: ChunkSettings) -> list[_Unit]:
    """The last units of a passage that the next one repeats: of the same section, within the budgets."""
    kept: list[_Unit] = []
    for unit in reversed(units[1:]):
        repeated = [unit, *kept]
        tokens, characters = sum(u.tokens for u in repeated), following.start - unit.start
        if (
            unit.section != following.section
            or tokens > settings.overlap_tokens
            or characters > settings.overlap_tokens * CHARS_PER_TOKEN
            or not _fits([*repeated, following], settings)
        ):
            break
        kept = repeated
    return kept


def _verified(text: str, groups: list[list[_Unit]], count_tokens: TokenCounter, max_tokens: int) -> list[list[_Unit]]:
    """Divide what is still over the budget: tokens of a whole can outnumber the sum of its parts."""
    while True:
        counts = count_tokens([text[group[0].start : group[-1].end] for group in groups])
        over = [n > max_tokens and len(group) > 1 for group, n in zip(groups, counts, strict=True)]
        if not any(over):
            return _without_nested(groups)
        halves = [_halved(group) if divide else [group] for group, divide in zip(groups, over, strict=True)]
        groups = [half for pair in halves for half in pair]


def _halved(units: list[_Unit]) -> list[list[_Unit]]:
    middle = len(units) // 2
    whole, dangling = _split_dangling(units[:middle])
    return [whole, dangling + units[middle:]]


def _without_nested(groups: list[list[_Unit]]) -> list[list[_Unit]]:
    """Drop groups that lie within their neighbour, as half of a group can when the other neighbour overlapped it."""
    kept: list[list[_Unit]] = []
    for group in groups:
        if kept and group[-1].end <= kept[-1][-1].end:
            continue
        if kept and group[0].start <= kept[-1][0].start:
            kept.pop()
        kept.append(group)
    return kept
