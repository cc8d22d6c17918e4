"""Names of people, places and organisations: "Wang" in "Alexandr Wang, the founder", "WHO" for its long form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ragqa.asked import ROLES
from ragqa.counting import FUNCTION_WORDS
from ragqa.places import level, place_name
from ragqa.tokens import Token, glued

_MOST_WORDS = 7
_TITLE_WORDS = (
    "mr mrs ms miss dr sir dame lord lady prof professor president chancellor king queen prince princess pope saint st "
    "general colonel captain major sergeant senator judge justice rev reverend ceo cto cfo chairman minister secretary "
    "governor mayor coach director inspector detective officer ambassador emperor sheikh imam rabbi"
)
_ENDING_WORDS = "jr sr inc corp corporation ltd limited llc plc co company ag gmbh sa nv holdings incorporated"
_TITLES, _ENDINGS = frozenset(_TITLE_WORDS.split()), frozenset(_ENDING_WORDS.split())
_BEFORE_WORDS = (
    "founder cofounder co former interim acting chief executive officer then singer professor lawyer lawmaker "
    "billionaire senior vice deputy new old late"
)
_BEFORE_NAMES = ROLES | frozenset(_BEFORE_WORDS.split())
_LEADS = frozenset({"in", "at", "from", "by", "to", "the", "a", "an", "of", "with"})
_PARTICLE_WORDS = "of the de la le van von der den bin ibn al el di da du dos & '"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_NO_NAMES = frozenset({"he", "she", "they", "it", "we", "i", "you", "this", "that", "these", "those", "nobody", "no"})
_NO_NAMES |= {"yes", "none", "unknown", "there", "one", "both", "all", "many", "several", "most", "some"}
# "New York" is not York, and "South Korea" is a part of Korea
_TURNING = frozenset(
    {"new", "north", "south", "east", "west", "northern", "southern", "eastern", "western", "san", "of"}
)
_NICKNAMES = (
    "bill william will,bob robert rob,dick richard rick,jim james jimmy,joe joseph,mike michael,tom thomas,tony "
    "anthony,liz elizabeth beth,kate katherine catherine kathy,dave david,steve steven stephen,jeff jeffrey geoffrey,"
    "jon john jonathan johnny,chris christopher christine,dan daniel danny,matt matthew,nick nicholas,sam samuel "
    "samantha,ben benjamin,ed edward ted,andy andrew drew,alex alexander alexandra alexandr,greg gregory,ron ronald,"
    "don donald,larry lawrence,ken kenneth,tim timothy,pete peter,pat patrick patricia,sue susan,meg margaret peggy,"
    "max maximilian,zach zachary"
)
_NICKNAME = {name: group for group, names in enumerate(_NICKNAMES.split(",")) for name in names.split()}


class Name(NamedTuple):
    """A text that is a name and little else."""

    words: tuple[str, ...]  # titles, articles and forms of companies aside
    within: tuple[tuple[str, ...], ...] = ()  # the places after its commas: "Texas" of "Austin, Texas"


def name(tokens: Sequence[Token]) -> Name | None:
    """The name that a text consists of, but for a title before it and an apposition behind it."""
    parts = _parts(tokens)
    if not parts:
        return None
    head, rest = parts[0], parts[1:]
    if rest and not _capitals(head) and head[0].text in ("the", "its", "his", "her", "their", "our"):
        head, rest = rest[0], rest[1:]  # "the founder, Alexandr Wang"
    words = _words(head)
    if words is None:
        return None
    within: list[tuple[str, ...]] = []
    for part in rest:
        place = _words(part) if _capitals(part) == len(part) else None
        if place is None and part[0].capital and part[0].text not in FUNCTION_WORDS:
            return None  # rather a list than an apposition
        if place is not None:
            within.append(place_name(place))
    if within and level(within[-1]) not in ("country", "state", "continent"):
        return None  # a list
    return Name(words, tuple(within))


def _parts(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens between commas and brackets; none where the text is a list or a sentence."""
    parts: list[list[Token]] = [[]]
    for i, token in enumerate(tokens):
        if token.text in (",", "(", ":") or (token.text == "-" and not glued(tokens, i)):
            parts.append([])
        elif token.text in (";", "and", "or") and (len(parts) == 1 or not parts[-1]):
            return []
        elif token.kind != "mark" or token.text in ("&", "'"):
            parts[-1].append(token)
    return [part for part in parts if part][:4]


def _capitals(tokens: Sequence[Token]) -> int:
    return sum(token.capital or token.kind == "number" for token in tokens)


def _words(tokens: Sequence[Token]) -> tuple[str, ...] | None:
    tokens = list(tokens)
    while tokens and (tokens[0].text in _LEADS or (not tokens[0].capital and tokens[0].text in _BEFORE_NAMES)):
        tokens.pop(0)  # "founder Alexandr Wang"
    while len(tokens) > 1 and tokens[0].text in _TITLES:
        tokens.pop(0)
    while len(tokens) > 1 and tokens[-1].text in _ENDINGS:
        tokens.pop()
    if not tokens or len(tokens) > _MOST_WORDS or tokens[0].kind == "number" or tokens[0].text in _NO_NAMES:
        return None
    if not all(token.capital or token.kind == "number" or token.text in _PARTICLES for token in tokens):
        return None
    return tuple(token.text.removesuffix("'s") for token in tokens if token.text != "'")


def plain_name(found: Name) -> Name:
    """The name with "UK" and "Britain" as the United Kingdom."""
    return Name(place_name(found.words), found.within)


def same_name(one: Name, other: Name) -> bool:
    """Whether two names are of one thing, as far as their words tell: one within the other, or its initials."""
    if one.within and other.within and not set(one.within) & set(other.within):
        return False  # Paris, France and Paris, Texas
    if place_name(one.words) == place_name(other.words):
        return True
    short, long = sorted((one.words, other.words), key=len)
    if _contains(long, short) or (len(short) == 1 and _initials(short[0], long)):
        return True
    return (
        len(short) == len(long) > 1
        and short[-1] == long[-1]
        and _alike(short[0], long[0])
        and (short[1:-1] == long[1:-1])
    )


def _contains(long: tuple[str, ...], short: tuple[str, ...]) -> bool:
    """Whether the words of one name stand in the other, in order: "George Bush" in "George W. Bush"."""
    places, position = [], 0
    for word in short:
        while position < len(long) and not _equal(long[position], word, surname=word == short[-1]):
            position += 1
        if position == len(long):
            return False
        places.append(position)
        position += 1
    left_out = [word for i, word in enumerate(long) if i not in places]
    if any(len(word) == 1 for word in left_out) and any(len(word) == 1 for word in short):
        return False  # George H. W. Bush is not George W. Bush
    before = long[places[0] - 1] if places and places[0] else ""
    return bool(places) and before not in _TURNING


def _equal(one: str, other: str, *, surname: bool) -> bool:
    if one == other:
        return True
    return not surname and 1 in (len(one), len(other)) and one[0] == other[0]  # "A. Wang"


def _alike(one: str, other: str) -> bool:
    """Whether two first names may be one: a nickname, an initial, another spelling."""
    if one == other or (one in _NICKNAME and _NICKNAME[one] == _NICKNAME.get(other)):
        return True
    if 1 in (len(one), len(other)):
        return one[0] == other[0]
    if min(len(one), len(other)) < 5 or one[0] != other[0] or abs(len(one) - len(other)) > 1:
        return False
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, other_rest = one[same:], other[same:]
    return rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]


def _initials(short: str, long: tuple[str, ...]) -> bool:
    words = [word for word in long if word not in _PARTICLES]
    return len(short) > 1 and short in ("".join(word[0] for word in words), "".join(word[0] for word in long))


def exclude(one: Name, other: Name, *, places: bool) -> bool:
    """Whether two different names cannot both be the one that is asked for.

    Args:
        one: a name.
        other: a name that is not the same one.
        places: whether a place is asked for; a town does not exclude the country that it may be in.
    """
    if same_name(one, other) or one.words in other.within or other.words in one.within:
        return False
    if one.words != other.words and set(one.words) == set(other.words):
        return False  # Li Wei, Wei Li
    if {"of", *one.words} <= set(other.words) or {"of", *other.words} <= set(one.words):
        return False  # what "Bank of America" and "America" have to do with each other is hard to tell
    mine, its = level(one.words), level(other.words)
    if one.words == other.words:
        mine, its = level(one.within[0]), level(other.within[0])
    if places or mine == its:
        return mine == its and (mine != "region" or not places)
    return not {mine, its} & {"country", "state", "continent"}
