"""An answer as the text of a chat."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ragqa import Answer, Citation, Claim
from ragqa.server.reply import replied, reply


def citation(document_id: str, sentence: str, title: str = "", page: int | None = None) -> Citation:
    return Citation(
        document_id=document_id,
        title=title,
        source="",
        start=0,
        end=len(sentence),
        quote=sentence,
        sentence=sentence,
        sentence_start=0,
        page=page,
        line=3,
    )


def answer(*claims: Claim, answered: bool = True, conflict: bool = False) -> Answer:
    return Answer(
        question="?",
        text=claims[0].text if answered else None,
        answered=answered,
        confidence=claims[0].confidence if claims else 0,
        claims=claims,
        conflict=conflict,
        rivals=tuple(range(len(claims))) if conflict else (),
        citations=claims[0].citations if answered else (),
        timings={},
    )


FORTY = Claim(
    text="40 rooms",
    confidence=0.9,
    citations=(citation("a.txt", "It has 40 rooms.", "Palace"), citation("b.pdf", "Forty rooms.", page=7)),
)
MORE = Claim(text="55 rooms", confidence=0.5, citations=(citation("c.txt", "55 rooms, they say."),))


def test_an_answer_has_numbered_citations() -> None:
    assert reply(answer(FORTY, MORE)).split("\n") == [
        "**40 rooms** [1][2] (confidence 0.90)",
        "",
        "- [1] a.txt, line 3 (Palace): “It has 40 rooms.”",
        "- [2] b.pdf, line 3, page 7: “Forty rooms.”",
    ]


def test_disagreement_is_shown_side_by_side() -> None:
    assert reply(answer(FORTY, MORE, conflict=True)).split("\n") == [
        "The sources disagree:",
        "",
        "- **40 rooms** [1][2] (confidence 0.90)",
        "- **55 rooms** [3] (confidence 0.50)",
        "",
        "- [1] a.txt, line 3 (Palace): “It has 40 rooms.”",
        "- [2] b.pdf, line 3, page 7: “Forty rooms.”",
        "- [3] c.txt, line 3: “55 rooms, they say.”",
    ]


def test_abstention_names_what_is_nearest_and_claims_nothing() -> None:
    said = reply(answer(FORTY, MORE, FORTY, answered=False))
    assert said.startswith(
        "The documents don't say.\n\nThe nearest that they come to it:\n\n- [1] a.txt, line 3 (Palace): "
    )
    assert said.count("a.txt") == 1
    assert "**" not in said
    assert "confidence" not in said
    assert reply(answer(answered=False)) == "The documents don't say."


def test_documents_put_nothing_live_into_a_chat() -> None:
    evil = "![x](https://evil.example/?q=1) <script>alert(1)</script> [a]: javascript:1\n# `*head*`\n\x1b[2J\u202e"
    said = reply(answer(Claim(text=evil, confidence=1, citations=(citation(evil, evil, evil),))))
    assert said.count("\n") == 2
    assert all(c.isprintable() or c == "\n" for c in said)
    ours = re.sub(r"\\.", "", said)
    assert re.findall(r"[\[\]<>`]", ours) == ["[", "]"] * 2
    assert "](" not in ours


@given(st.text(max_size=50), st.text(max_size=50))
def test_what_was_said_can_be_read_back(text: str, sentence: str) -> None:
    said = reply(answer(Claim(text=text, confidence=1, citations=(citation("d", sentence),))))
    first, _, last = said.split("\n")
    shown = re.sub(r"\\(.)", r"\1", first)

    def plain(words: str) -> str:
        return "".join(c if c.isprintable() else "�" for c in " ".join(words.split()))

    assert shown == f"**{plain(text)}** [1] (confidence 1.00)"
    assert re.sub(r"\\(.)", r"\1", last) == f"- [1] d, line 3: “{plain(sentence)}”"


@given(st.text(min_size=1))
def test_what_was_replied_can_be_read_back(text: str) -> None:
    line = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))
    one, two = (Claim(text=said, confidence=0.9, citations=(citation("d", "So."),)) for said in (text, "49%"))
    assert replied(reply(answer(one))) == (line or None)
    assert replied(reply(answer(two, one, conflict=True))) == "49%"
    assert replied(reply(answer(one, answered=False))) is None
    assert replied(text.replace("**", "")) is None
