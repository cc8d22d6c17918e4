"""States of affairs of which only one can hold: bought outright or in part, announced or in talks, open or closed.

A small lexicon, on purpose: each slot lists the words for two or more states that exclude each other. Words that are
said of other things as well ("up", "safe", "public") are left out, and a text that names two states of one slot ("it
announced talks") says nothing about that slot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragqa.tokens import Token, word_at

_SLOTS: tuple[dict[str, str], ...] = (
    {
        "whole": "acquire, acquires, acquired, acquiring, acquisition, takeover, take over, takes over, took over, "
        "taking over, full takeover, buyout, outright, wholly owned, buy, buys, bought, buying, purchase, purchases, "
        "purchased, purchasing, entire company, whole company, full ownership, all of it",
        "part": "stake, stakes, minority, share of, shares, holding, partial, partially, partly, invest, invests, "
        "invested, investing, investment, part of, portion, equity",
    },
    {
        "settled": "announced, announces, announce, announcement, announcing, completed, completes, completion, "
        "finalised, finalized, signed, signs, sealed, agreed, agrees, settled, concluded, has invested, has bought, "
        "has acquired",
        "open": "in talks, talks, talking to, negotiating, negotiates, negotiations, considering, considers, "
        "weighing, exploring, mulling, planned, planning, plans, plans to, under discussion, discussing, being "
        "discussed, pending, under consideration, proposed, undecided",
    },
    {
        "resigned": "resigned, resigns, resign, resigning, resignation, stepped down, steps down, step down, stepping "
        "down, quit, quits, quitting, left voluntarily, retired, retires, "
        "forced to resign, forced to step down, forced to quit",  # of both, so that they tell nothing
        "dismissed": "dismissed, dismissal, fired, firing, sacked, ousted, forced out, pushed out, removed, removal, "
        "forced to resign, forced to step down, forced to quit, terminated, let go, expelled",
    },
    {
        "confirmed": "confirmed, confirms, confirm, confirmation, admitted, admits, admit, acknowledged, acknowledges",
        "denied": "denied, denies, deny, denial, refuted, refutes, disputed, disputes",
    },
    {
        "open": "open, opened, opens, reopened, reopens, reopening",
        "closed": "closed, closes, closing, closure, shut, shuts, shut down, shuttered",
    },
    {
        "survived": "survived, survives, survive, alive, unharmed, unhurt",
        "died": "died, dies, die, dead, killed, deceased, perished, death",
    },
    {
        "arson": "arson, deliberate, deliberately, intentional, intentionally, sabotage",
        "accident": "accident, accidental, accidentally, unintentional, electrical fault, short circuit, malfunction",
        "nature": "natural causes, lightning",
        "suicide": "suicide",
        "murder": "murder, murdered, homicide",
    },
    {
        "guilty": "guilty, convicted, conviction",
        "acquitted": "acquitted, acquittal, innocent, not guilty, exonerated, cleared of",
    },
    {
        "won": "won, wins, win, winning, victory, victorious",
        "lost": "lost, loses, lose, losing, defeat, was defeated, beaten",
        "drew": "draw, drew, tied, tie",
    },
    {
        "approved": "approved, approves, approve, approval, passed, adopted, ratified, accepted, accepts, upheld",
        "rejected": "rejected, rejects, reject, rejection, vetoed, vetoes, blocked, voted down, turned down, refused, "
        "struck down, overturned, not passed",
    },
    {
        "rose": "rose, rises, rise, risen, rising, increased, increases, increase, increasing, grew, grows, growth, "
        "growing, climbed, jumped, surged, soared",
        "fell": "fell, falls, fallen, falling, decreased, decreases, decrease, decreasing, declined, decline, "
        "declining, dropped, drop, shrank, slumped, plunged, shrinking",
        "stayed": "unchanged, stayed flat, remained flat, held steady, no change",
    },
    {
        "lawful": "legal, lawful, lawfully, constitutional, allowed, permitted, legally",
        "unlawful": "illegal, unlawful, unlawfully, unconstitutional, banned, prohibited, forbidden, illegally",
    },
    {"true": "true, genuine, authentic", "false": "false, fake, forged, forgery, hoax, untrue"},
    {
        "succeeded": "success, successful, successfully",
        "failed": "failed, fails, failure, unsuccessful, unsuccessfully",
    },
    {"lasting": "permanent, permanently", "passing": "temporary, temporarily, interim, provisional"},
    {"required": "mandatory, compulsory, required, obligatory", "free": "optional, voluntary"},
    {
        "cancelled": "cancelled, canceled, called off, scrapped",
        "held": "go ahead, goes ahead, going ahead, went ahead, proceed, proceeded, proceeding",
        "postponed": "postponed, delayed, put off",
    },
    {"profit": "profit, profits, profitable, a profit", "loss": "loss, losses, unprofitable, a loss"},
    {
        "for": "supports, supported, support, in favour, in favor, backs, backed, endorsed, endorses",
        "against": "opposes, opposed, oppose, against, opposition",
    },
    {"dangerous": "unsafe, dangerous, hazardous", "harmless": "harmless, not dangerous"},
    {"yes": "yes", "no": "no"},  # of these only the whole answer or its beginning counts
)
OWNERSHIP, _STAGE, _YES_NO = 0, 1, len(_SLOTS) - 1
# "acquires a minority stake" is no takeover, though one can acquire either
_STRONGER = {(OWNERSHIP, "part")}
_NEGATOR_WORDS = "not never no nothing nobody none without neither nor cannot denied denies deny hardly"
NEGATORS = frozenset(_NEGATOR_WORDS.split())
_NEGATING = frozenset({("short", "of"), ("before", "any"), ("failed", "to"), ("fails", "to"), ("refused", "to")})
_NEGATING |= {("instead", "of"), ("rather", "than"), ("declined", "to"), ("ruled", "out"), ("rules", "out")}
_NEGATING |= {("unable", "to"), ("ruling", "out")}
_REACH = 4  # tokens that a negation reaches over

State = tuple[str, bool]  # and whether it is negated


def _by_first_word() -> dict[str, list[tuple[tuple[str, ...], int, str]]]:
    phrases: dict[str, list[tuple[tuple[str, ...], int, str]]] = {}
    for slot, states in enumerate(_SLOTS):
        for state, listing in states.items():
            for phrase in listing.split(","):
                words = tuple(phrase.split())
                phrases.setdefault(words[0], []).append((words, slot, state))
    for choices in phrases.values():
        choices.sort(key=lambda choice: -len(choice[0]))
    return phrases


_PHRASES = _by_first_word()


def states(tokens: Sequence[Token]) -> tuple[dict[int, State], frozenset[int]]:
    """The state in each slot that a text fills unambiguously, and the places of the tokens that say so."""
    said: dict[int, set[State]] = {}
    places: set[int] = set()
    for i, length, slot, state in _found(tokens):
        said.setdefault(slot, set()).add((state, negated(tokens, i)))
        places.update(range(i, i + length))
    settled = {}
    for slot, here in said.items():
        here = {state for state in here if not state[1]} or here  # "nothing is settled, but the talks go on"
        here = {state for state in here if (slot, state[0]) in _STRONGER} or here
        if len(here) == 1:
            settled[slot] = here.pop()
    return settled, frozenset(places)


def _found(tokens: Sequence[Token]) -> Iterator[tuple[int, int, int, str]]:
    i = 0
    while i < len(tokens):
        length = 1
        for words, slot, state in _PHRASES.get(tokens[i].text, ()):
            if len(words) < length or (slot == _YES_NO and i > 0):
                break
            if all(word_at(tokens, i + k) == word for k, word in enumerate(words)):
                length = len(words)  # a word may fill two slots: "closed" doors, "closed" deals
                yield i, length, slot, state
        i += length


def negated(tokens: Sequence[Token], i: int) -> bool:
    """Whether a negation stands close before a token, in its clause."""
    for j in range(i - 1, max(i - 1 - _REACH, -1), -1):
        if tokens[j].kind == "mark":
            return False
        if negates(tokens, j):
            return True
    return False


def negates(tokens: Sequence[Token], i: int) -> bool:
    """Whether a token negates what follows: not the "not" of "not only", nor the "No." of a number."""
    text, follows = tokens[i].text, word_at(tokens, i + 1)
    if text in NEGATORS or text.endswith("n't"):
        return follows not in ("only", "just", "necessarily") and not (text == "no" and follows == ".")
    return (text, follows) in _NEGATING


def slots_asked(question: Sequence[Token], *, closed: bool) -> frozenset[int]:
    """The slots that a question asks for, none where it does not tell.

    Args:
        question: its tokens.
        closed: whether it is one of yes or no, or of this or that: "Is it still open?" asks for what it names.
    """
    named = {slot for _, _, slot, _ in _found(question)} if closed else set()
    if {token.text for token in question} & {"stage", "along", "committed"}:
        named.add(_STAGE)
    return frozenset(named | {_YES_NO}) if named else frozenset()


def opposed(one: dict[int, State], other: dict[int, State], slots: frozenset[int] = frozenset()) -> bool:
    """Whether two texts fill a slot with states that exclude each other; only these `slots` count, if there are any."""
    for slot in (one.keys() & other.keys() & slots) if slots else (one.keys() & other.keys()):
        (state, is_not), (its_state, its_not) = one[slot], other[slot]
        if state == its_state and is_not != its_not:
            return True
        if state != its_state and not is_not and not its_not:
            return True
    return False
