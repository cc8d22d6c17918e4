"""Same or different: how two answers to one question stand to each other.

Two answers are rivals only for a reason that can be named: figures, times, names or states of affairs that cannot both
fill the slot that the question leaves open. Where no such reason is found, both may be true.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from ragqa.asked import Asked, asks
from ragqa.counting import noun
from ragqa.dates import Period, overlap, refines
from ragqa.names import exclude, plain_name, same_name
from ragqa.quantities import Amount, agree
from ragqa.states import OWNERSHIP, opposed
from ragqa.tokens import plain, stem
from ragqa.wording import HOLLOW, Item, Wording, read

_LONGEST = 400  # characters; a longer text is no answer that could be compared word by word
_MOST_ADDED = 4  # words that a fuller wording may add


class Relation(Enum):
    """How one answer stands to another."""

    SAME = "same"
    FULLER = "fuller"  # one is a fuller wording of the other
    COMPATIBLE = "compatible"  # both may be true
    RIVAL = "rival"  # at most one fills the slot that the question leaves open


def relation(question: str, one: str, other: str) -> Relation:
    """How two answers to a question stand to each other. It does not matter which comes first.

    Args:
        question: what was asked; it tells which slot the answers fill.
        one: an answer, as a source words it.
        other: another answer.
    """
    if one == other:
        return Relation.SAME
    if len(one) > _LONGEST or len(other) > _LONGEST:
        return Relation.COMPATIBLE
    if plain(one).split() == plain(other).split():
        return Relation.SAME
    asked = asks(question)
    a, b = read(one, counting=asked.figure), read(other, counting=asked.figure)
    if not a.items or not b.items:
        return Relation.COMPATIBLE
    if a.meaning == b.meaning or _same_list(a, b):
        return Relation.SAME
    if a.name and b.name and same_name(a.name, b.name) and not (asked.figure or asked.time):
        return Relation.SAME if plain_name(a.name) == plain_name(b.name) else Relation.FULLER
    if _one_denies(a, b):
        return Relation.RIVAL
    if not (a.name and b.name) and (_within(a, b, asked) or _within(b, a, asked)):
        return Relation.FULLER if _adds_nothing_else(a, b) else Relation.COMPATIBLE
    return Relation.RIVAL if _rivals(a, b, asked) else Relation.COMPATIBLE


def _same_list(a: Wording, b: Wording) -> bool:
    if len(a.parts) < 2 or len(a.parts) != len(b.parts) or ("or" in a.items) != ("or" in b.items):
        return False
    return sorted(a.parts, key=repr) == sorted(b.parts, key=repr)


def _one_denies(a: Wording, b: Wording) -> bool:
    """Whether the texts differ in little but a negation: "guilty" and "not guilty"."""
    if a.negative == b.negative:
        return False
    ours, theirs = _said(a), _said(b)
    denied = ours & theirs & (a.denied | b.denied)
    return bool(denied) and (ours <= theirs or theirs <= ours) and len(ours ^ theirs) <= 2


def _said(reading: Wording) -> set[object]:
    return {
        stem(item) if isinstance(item, str) else item.meaning
        for item in reading.items
        if not isinstance(item, str) or (item not in HOLLOW and not item.endswith("n't"))
    }


def _within(short: Wording, long: Wording, asked: Asked) -> bool:
    """Whether the words of one text stand in the other, figures and times at most less fully worded."""
    size = len(short.items)
    return any(
        all(_fits(mine, its, asked) for mine, its in zip(short.items, long.items[i : i + size], strict=True))
        for i in range(len(long.items) - size + 1)
    )


def _fits(short: Item, long: Item, asked: Asked) -> bool:
    if isinstance(short, Amount) and isinstance(long, Amount):
        return _worded(short, long, asked)
    if isinstance(short, Period) and isinstance(long, Period):
        return refines(long, short)
    return short == long


def _worded(short: Amount, long: Amount, asked: Asked) -> bool:
    """Whether an amount is the other without its unit or its "about": a bound says more than that."""
    bare = short.bare and bool(long.dimension) and _may_be(long.dimension, asked)
    short = short.measured(long.unit) if bare else short
    if short.meaning[:2] != long.meaning[:2] or short.dimension != long.dimension:
        return False
    if not short.nouns <= long.nouns and not (asked.counted and short.nouns | long.nouns <= _covered(asked)):
        return False
    return short.sense == long.sense or (not short.sense and long.sense not in ("over", "under"))


def _may_be(dimension: str, asked: Asked) -> bool:
    """Whether a number without a unit may be of a dimension, for all that the question tells."""
    if dimension in ("ordinal", "score"):
        return asked.rank or dimension in asked.dimensions
    return not asked.counted and (not asked.dimensions or dimension in asked.dimensions)


def _adds_nothing_else(a: Wording, b: Wording) -> bool:
    """Whether a text that holds another says nothing of another kind: no list, figure, time or state more."""
    if len(a.parts) != len(b.parts) or len(a.periods) != len(b.periods) or a.negative != b.negative:
        return False
    if not (_all_told(a, b) and _all_told(b, a)) or _TURNING.intersection(a.items) != _TURNING.intersection(b.items):
        return False
    same_states = a.states == b.states or (_shares(a) and _shares(b))  # "49%" is "a 49% stake"
    return same_states and abs(len(a.items) - len(b.items)) <= _MOST_ADDED


def _all_told(a: Wording, b: Wording) -> bool:
    """Whether each figure of one text is in the other, perhaps in another unit: "324 m (1,063 ft)"."""
    return all(
        any((x.dimension == y.dimension or x.bare or y.bare) and agree(*_in_one_unit(x, y)) for y in b.amounts)
        for x in a.amounts
    )


# words that make another thing of what follows them
_TURNING_WORDS = (
    "former ex deputy vice acting interim alleged suspected possible possibly potential may might could would failed "
    "attempted not only intends plans wants part half except anti non pro"
)
_TURNING = frozenset(_TURNING_WORDS.split())


def _rivals(a: Wording, b: Wording, asked: Asked) -> bool:
    if _of_others(a, b, asked):
        return False
    if asked.one:
        return a.name is not None and b.name is not None and exclude(a.name, b.name, places=asked.one == "place")
    times, figures = _times_differ(a, b, asked), _figures_differ(a, b, asked)
    if asked.time:
        return times and not figures  # both differ: 300 in 2019, 400 in 2020
    if asked.figure:
        return (figures and not times) or _in_part_and_whole(a, b, asked)
    if times != figures and not opposed(a.states, b.states) and _parallel(a, b, asked):
        return True
    return not times and _states_differ(a, b, asked)  # a shop can open in 1998 and close in 2005


def _of_others(a: Wording, b: Wording, asked: Asked) -> bool:
    """Whether the texts are about different things: each names something that the rest does not."""
    if asked.one:
        return False
    ours, theirs = a.names - b.content - asked.words, b.names - a.content - asked.words
    if (ours and theirs) or not (asked.time or asked.figure):
        return bool(ours and theirs)
    if ours & a.scope or theirs & b.scope:  # "300 in Berlin"
        return True
    return bool(a.scope - b.content - asked.words and b.scope - a.content - asked.words)  # for adults, for children


def _parallel(a: Wording, b: Wording, asked: Asked) -> bool:
    """Whether the texts say their differing things about the same: apart from those, they share most words."""
    ours, theirs = a.content - b.content - asked.words, b.content - a.content - asked.words
    if not ours or not theirs:
        return True
    return 2 * len(a.content & b.content) >= min(len(a.content), len(b.content))


def _times_differ(a: Wording, b: Wording, asked: Asked) -> bool:
    pairs = [(mine, its) for mine in a.periods for its in b.periods]
    if asked.weekday and pairs and all(None not in (mine.weekday, its.weekday) for mine, its in pairs):
        return not any(mine.weekday == its.weekday for mine, its in pairs)
    return bool(pairs) and not any(overlap(mine, its) for mine, its in pairs)


def _figures_differ(a: Wording, b: Wording, asked: Asked) -> bool:
    """Whether the texts have figures for the slot of which none can be one of the other's."""
    ours, theirs = _relevant(a.amounts, asked), _relevant(b.amounts, asked)
    if bool(ours) != bool(theirs):
        return False
    if not ours:
        ours, theirs = a.amounts, b.amounts
    pairs = [(mine, its) for mine in ours for its in theirs if _comparable(mine, its, asked)]
    agreed = [(mine, its) for mine, its in pairs if agree(*_in_one_unit(mine, its))]
    if len(ours) != len(theirs) and _total(ours) == _total(theirs):
        return False  # "five adults and two children" are seven people
    settled = {mine for mine, _ in agreed}, {its for _, its in agreed}
    return any(mine not in settled[0] and its not in settled[1] for mine, its in pairs)


def _total(found: Sequence[Amount]) -> float:
    return sum(amount.low for amount in found if amount.low == amount.high)


def _relevant(found: Sequence[Amount], asked: Asked) -> Sequence[Amount]:
    """The amounts that can be what the question asks for."""
    if asked.rank:
        return [amount for amount in found if amount.dimension == "ordinal"]
    if asked.counted:
        return [amount for amount in found if not amount.dimension]
    if asked.dimensions:
        return [amount for amount in found if amount.dimension in asked.dimensions or amount.bare]
    return [amount for amount in found if not asked.figure or amount.dimension != "ordinal"]


def _in_one_unit(one: Amount, other: Amount) -> tuple[Amount, Amount]:
    """The amounts, a bare number among them with the unit of the other."""
    if one.dimension == other.dimension:
        return one, other
    return (one.measured(other.unit), other) if one.bare else (one, other.measured(one.unit))


def _comparable(one: Amount, other: Amount, asked: Asked) -> bool:
    """Whether two amounts measure or count the same kind of thing."""
    if "degree" in (one.dimension, other.dimension):
        return False
    if one.dimension != other.dimension:
        bare, full = (one, other) if one.bare else (other, one)
        return bare.bare and asked.figure and _may_be(full.dimension, asked)
    if one.nouns <= other.nouns or other.nouns <= one.nouns:
        smaller, larger = sorted((one.nouns, other.nouns), key=len)
        return bool(smaller) or not (asked.counted and larger) or bool(larger & _covered(asked))
    return bool(asked.counted & one.nouns & other.nouns) or (one.nouns | other.nouns) <= _covered(asked)


_PERSON_WORDS = (
    "people person resident passenger man woman child civilian soldier victim student patient member guest visitor "
    "user customer worker"
)
_PERSONS = frozenset(map(noun, _PERSON_WORDS.split()))
_OF_PERSONS = frozenset({"person", "dead", "injured", "missing"})


def _covered(asked: Asked) -> frozenset[str]:
    """Stems of the things that the question counts, however they are called."""
    return asked.words | _PERSONS if asked.words & _OF_PERSONS else asked.words


_OWNING_WORDS = ("buy", "acquire", "stake", "share", "own", "takeover", "purchase", "taking", "outright", "get", "deal")
_OWNING = frozenset(map(stem, _OWNING_WORDS))


def _in_part_and_whole(a: Wording, b: Wording, asked: Asked) -> bool:
    """Whether one text has a part bought, as a share below 100%, and the other the whole."""
    if (asked.slots and OWNERSHIP not in asked.slots) or not (asked.state or asked.words & _OWNING):
        return False
    return any(
        short.states.get(OWNERSHIP) == ("whole", False) and OWNERSHIP not in long.states and _shares(long)
        for short, long in ((a, b), (b, a))
    )


def _shares(reading: Wording) -> bool:
    return any(amount.dimension == "%" and amount.high < 100 and amount.sense != "over" for amount in reading.amounts)


def _states_differ(a: Wording, b: Wording, asked: Asked) -> bool:
    if not opposed(a.states, b.states, asked.slots) and not _in_part_and_whole(a, b, asked):
        return False
    if asked.reason:
        return not (a.content | b.content) - a.stating - b.stating - asked.words
    ours, theirs = a.content - a.stating - b.content, b.content - b.stating - a.content
    return asked.state or not (ours - asked.words and theirs - asked.words)
