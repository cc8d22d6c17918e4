"""What a question asks for: a time, a figure and of what, one holder of a place or office, a state of affairs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ragqa.counting import FUNCTION_WORDS, noun, nouns_after
from ragqa.states import slots_asked
from ragqa.tokens import Token, stem, tokenize
from ragqa.units import MONEY

_LONGEST = 400  # characters of a question that are read


class Asked(NamedTuple):
    """What fills the slot that a question leaves open."""

    time: bool = False
    weekday: bool = False
    figure: bool = False
    rank: bool = False
    dimensions: frozenset[str] = frozenset()  # of the figure, where the question tells
    counted: frozenset[str] = frozenset()  # stems of the words after "how many"
    one: str = ""  # "person", "place" or "thing" where just one name can be right
    state: bool = False  # yes or no, one or the other, how far along
    slots: frozenset[int] = frozenset()  # of states, where the question tells
    reason: bool = False
    words: frozenset[str] = frozenset()  # stems of its words


_TIME = re.compile(
    r"\b(?:what|which)(?: \w+)? (?:years?|dates?|days?|months?|quarter|season|decade|century|time)\b(?! does)"
    r"|\bhow long ago\b|\bdate of\b|\bbirth ?date\b|\bdeadline\b"
)
_WEEKDAY = re.compile(r"\b(?:what|which) day\b|\bday of the week\b")
_HOW = re.compile(
    r"\bhow (?:many|much|long|far(?! along)|old|tall|high|big|large|heavy|fast|deep|wide|often|hot|cold|small|thick)\b"
)
_FIGURE = re.compile(
    r"\b(?:number of|amount|price|costs?|sum|share|percent|percentage|proportion|fraction|rate|size|total|valuation|"
    r"valued|revenue|profit|salary|fee|fine|worth|population|height|length|weight|distance|temperature|depth|width|speed|age|"
    r"duration|budget|score|result|toll|headcount|turnout|stake)\b"
)
_YES_NO = re.compile(r"(?:is|are|was|were|did|do|does|has|have|had|will|would|can|could|should)\b")
_DIMENSIONS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(pattern), dimensions)
    for pattern, dimensions in (
        (
            r"\b(?:what|which|how (?:large|big|high|great|small) (?:a|an|is|was)|how much of|percent)\b.{0,30}"
            r"\b(?:share|percent|percentage|proportion|fraction|stake|turnout)\b(?! price)|\bpercentage\b",
            frozenset({"%"}),
        ),
        (
            r"\b(?:price|costs?|money|pay|pays|paid|paying|spen[dt]|worth|valuation|valued|revenue|profit|salary|fee|fine|"
            r"budget|dollars?|euros?|pounds|invest\w*|raised?|earn\w*|sum|fund\w*|hand over|donat\w*)\b",
            MONEY,
        ),
        (
            r"\bhow old\b|\bage\b|\bhow long (?:did|does|do|will|has|have|had|was)\b|\bduration\b",
            frozenset({"duration"}),
        ),
        (r"\bhow (?:far|tall|high|deep|wide|thick)\b|\b(?:height|distance|depth|width)\b", frozenset({"length"})),
        (r"\bhow long\b|\blength\b", frozenset({"length", "duration"})),
        (r"\bhow heavy\b|\bweigh\w*\b", frozenset({"mass"})),
        (r"\bhow (?:hot|cold)\b|\btemperature\b", frozenset({"temperature"})),
        (r"\bhow fast\b|\bspeed\b", frozenset({"speed"})),
        (r"\bscore\b|\bresult\b", frozenset({"score"})),
    )
)
_RANK = re.compile(r"\b(?:rank\w*|position|finish\w*)\b")
_REASON = re.compile(r"\bwhy\b|\bhow come\b|\breasons?\b|\bwhat for\b")
_STATE = re.compile(
    r"\bwhether\b|\bhow far along\b|\bor\b|\bin what way\b|\bwhat (?:happened|became|caused)\b"
    r"|\bhow (?:is|was|are|were|did|does)\b"
    r"|\b(?:stage|status|state of|outcome|verdict|plea|fate|ruling|decision|cause|kind|form)\b"
)
_ROLE_WORDS = (
    "ceo cto cfo coo chief head leader boss president chairman chairwoman chair chairperson director manager owner "
    "author writer winner champion captain coach mayor governor minister chancellor king queen monarch emperor pope "
    "speaker secretary ambassador editor inventor discoverer composer painter architect successor predecessor mother "
    "father husband wife spouse killer murderer buyer acquirer manufacturer maker publisher commander judge referee "
    "goalscorer"
)
_BODY_WORDS = (
    "company firm startup bank university college school club team party agency airline newspaper studio organisation "
    "organization institution ministry court hospital band person man woman actor actress scientist player politician "
    "artist driver rival carmaker retailer supplier brand label network regulator lender name"
)
_PLACE_WORDS = (
    "capital headquarters birthplace city town village country nation state county province continent island river "
    "mountain lake venue location region district street planet place stadium airport port"
)
_HOLDING_WORDS = (
    "lead leads led head heads headed run runs ran chair chairs chaired govern governs governed command commands "
    "commanded manage manages managed coach coaches coached captain captains captained win wins won succeed succeeds "
    "succeeded replace replaces replaced own owns owned wrote painted composed directs directed invented discovered "
    "designed killed shot assassinated murdered sit sits top tops host hosts hosted coined beat defeated"
)
# of these just one is right at a time; who founded or backed something may be several
ROLES, _BODIES = frozenset(_ROLE_WORDS.split()), frozenset(_BODY_WORDS.split())
_PLACES, _HOLDING = frozenset(_PLACE_WORDS.split()), frozenset(_HOLDING_WORDS.split())
_KINDS = dict.fromkeys(ROLES, "person") | dict.fromkeys(_BODIES, "thing") | dict.fromkeys(_PLACES, "place")
_AUXILIARIES = frozenset({"is", "was", "will", "be", "has", "had", "been", "became", "becomes", "would", "did", "does"})
_BEFORE_NOUNS = (_AUXILIARIES - {"did", "does"}) | {"the", "a", "an", "its", "his", "her", "their"}
_BEFORE_NOUNS |= {"first", "last", "next", "only"}
_MANY_PLACES = frozenset(
    {"spoken", "found", "used", "sold", "grown", "grow", "produced", "available", "made", "operate"}
)
_MANY_PLACES |= {"sell", "live", "offices"}
_QUESTION_WORDS = frozenset({"who", "whom", "whose", "where", "what", "which", "how", "why", "when"})


def asks(question: str) -> Asked:
    """What the question asks for; of a very long one, its first characters count."""
    return _asks(question[:_LONGEST])


@lru_cache(maxsize=512)
def _asks(question: str) -> Asked:
    tokens = tokenize(question)
    words = [token.text.removesuffix("'s") for token in tokens if token.kind != "mark"]
    text = " ".join(words)
    yes_no = bool(_YES_NO.match(text))
    asking = next((word for word in words if word in _QUESTION_WORDS), "")
    time = not yes_no and (asking == "when" or bool(_TIME.search(text)) or (not asking and words[-1:] == ["date"]))
    one, rank = _one(words), bool(_RANK.search(text))
    figure = not time and not yes_no and bool(_HOW.search(text) or (not one and _FIGURE.search(text)))
    state = yes_no or bool(_STATE.search(text))
    many = text.find("how many") >= 0
    dimensions: frozenset[str] = frozenset()
    if figure and not many:
        dimensions = next((found for pattern, found in _DIMENSIONS if pattern.search(text)), dimensions)
    return Asked(
        time=time,
        weekday=bool(_WEEKDAY.search(text)),
        figure=figure,
        rank=rank,
        dimensions=dimensions,
        counted=_counted(tokens) if many else frozenset(),
        one="" if time or figure or rank else one,
        state=state,
        slots=slots_asked(tokens, closed=yes_no or "or" in words),
        reason=bool(_REASON.search(text)),
        words=frozenset(form for word in words for form in (noun(word), stem(word)) if word not in FUNCTION_WORDS),
    )


def _counted(tokens: Sequence[Token]) -> frozenset[str]:
    many = next((i for i, token in enumerate(tokens) if token.text == "many"), len(tokens))
    return nouns_after(tokens, many + 1)[0]


def _one(words: Sequence[str]) -> str:
    """The kind of thing of which the question asks for exactly one, "" where it may be several."""
    if not words or words[0] in ("list", "name") or "examples" in words:
        return ""
    for i, word in enumerate(words):
        follows = words[i + 1 : i + 2]
        if word in ("who", "whom", "whose"):
            return _person(words[i + 1 :])
        if word == "where":
            single = follows and follows[0] in _AUXILIARIES and not _MANY_PLACES.intersection(words)
            return "place" if single else ""
        if word in ("what", "which"):
            return (
                _kind(words[i + 2 : i + 8]) if follows and follows[0] in ("is", "was") else _kind(words[i + 1 : i + 5])
            )
    # keywords: "Scale AI CEO", "capital of Peru"
    keywords = [word for word in words if word in ROLES or word in ("capital", "headquarters", "birthplace")]
    return _KINDS[keywords[0]] if keywords and len(words) < 8 else ""


def _person(words: Sequence[str]) -> str:
    verb = next((word for word in words if word not in _AUXILIARIES), "")
    if verb in _HOLDING:
        return "person"
    return "person" if words and words[0] in _AUXILIARIES | {"the"} and _kind(words) in ("person", "thing") else ""


def _kind(words: Sequence[str]) -> str:
    """The kind of thing that a noun phrase names: "Danish company", "the name of the ship", "the next mayor"."""
    i = 0
    while i < len(words) and words[i] in _BEFORE_NOUNS:
        i += 1
    for word in words[i:]:
        if word in _KINDS:
            return _KINDS[word]
        singular = word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
        if word in FUNCTION_WORDS or singular in _KINDS or word in ("people", "men", "women"):
            break
    return ""
