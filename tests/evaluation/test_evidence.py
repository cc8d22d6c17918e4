from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragqa.evaluation.evidence import excerpts
from ragqa.evaluation.questions import GoldSpan
from ragqa.schema import Document

from .fakes import FakeIndex, answer, citation, gold, question

WORDS = " ".join(f"word{i}" for i in range(400))
LONG = Document(id="long.md", title="Long", text=f"{WORDS}\nMeta bought 49% of Scale AI.\n{WORDS}")
OTHER = Document(id="other.md", text="Meta bought nearly half of Scale AI.")
INDEX = FakeIndex([LONG, OTHER])


def test_an_excerpt_is_whole_words_around_the_citation_with_the_gold_span_marked() -> None:
    said = answer("who", citation(LONG, "Meta bought"))
    (excerpt,) = excerpts(
        said, question("who", gold(LONG, "Meta"), gold(LONG, "of Scale"), gold(LONG, "Scale AI")), INDEX
    )
    assert LONG.text[excerpt.start : excerpt.start + len(excerpt.text)] == excerpt.text
    assert (excerpt.document_id, excerpt.title, excerpt.line) == ("long.md", "Long", 2)
    assert [LONG.text[start:end] for start, end in excerpt.cited] == ["Meta bought"]
    assert [LONG.text[start:end] for start, end in excerpt.gold] == ["Meta", "of Scale AI"]  # overlapping ones are one
    assert set(excerpt.text.split()) <= set(LONG.text.split())
    assert (excerpt.cut_before, excerpt.cut_after) == (True, True)
    assert 400 < len(excerpt.text) < 600


def test_a_gold_span_elsewhere_is_shown_besides() -> None:
    said = answer("share", citation(LONG, "word3 "))
    first, second = excerpts(said, question("share", gold(LONG, "49%"), gold(OTHER, "half")), INDEX)
    assert first.gold == ()
    assert (first.start, first.cut_before) == (0, False)
    assert [LONG.text[start:end] for start, end in second.gold] == ["49%"]
    assert second.cited == ()


def test_a_conflict_shows_each_group_and_each_claim_once() -> None:
    spans = (gold(LONG, "49%", "a"), gold(OTHER, "nearly half", "b"))
    missed = excerpts(answer("share", citation(LONG, "49%")), question("share", *spans), INDEX)
    assert [excerpt.document_id for excerpt in missed] == ["long.md", "other.md"]
    both = answer("share", citation(LONG, "49%"), citation(OTHER, "nearly half"), conflict=True)
    invented = excerpts(both, question("share", gold(LONG, "49%")), INDEX)
    assert [bool(excerpt.cited) for excerpt in invented] == [True, True]


def test_what_the_answer_does_not_say_is_not_marked_as_cited() -> None:
    spans = (gold(LONG, "49%", "a"), gold(OTHER, "nearly half", "b"))
    silent = answer("share", citation(LONG, "49%"), citation(OTHER, "Meta"))
    assert [excerpt.cited != () for excerpt in excerpts(silent, question("share", *spans), INDEX)] == [True, False]


def test_the_unanswerable_and_the_silent() -> None:
    (excerpt,) = excerpts(answer("price", citation(OTHER, "half"), answered=False), question("price"), INDEX)
    assert excerpt.gold == ()
    assert excerpts(answer("price", answered=False), question("price"), INDEX) == ()


def test_citations_of_nothing_are_left_out() -> None:
    for wrong in ({"document_id": "gone.md"}, {"start": 10**6, "end": 10**6 + 3}, {"start": 5, "end": 5}):
        said = answer("price", citation(OTHER, "half", **wrong))
        assert excerpts(said, question("price"), INDEX) == ()


def test_a_span_of_a_whole_book_is_shown_in_part() -> None:
    book = Document(id="book", text="x" * 100_000)
    whole = GoldSpan(doc="book", start=0, end=100_000, text=book.text)
    (excerpt,) = excerpts(answer("x", answered=False), question("x", whole), FakeIndex([book]))
    assert len(excerpt.text) < 2000
    assert excerpt.gold == ((0, len(excerpt.text)),)


@given(st.text(alphabet="ab \n", min_size=1, max_size=1500), st.data())
def test_every_excerpt_is_verbatim_and_holds_its_marks(text: str, data: st.DataObject) -> None:
    document = Document(id="d", text=text)
    spans = []
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        spans.append(GoldSpan(doc="d", start=start, end=end, text=text[start:end], group=start % 3))
    asked = question("q", *spans[1:])
    cited = citation(document, text[:1], start=spans[0].start, end=spans[0].end, quote=spans[0].text)
    for excerpt in excerpts(answer("q", cited), asked, FakeIndex([document])):
        stop = excerpt.start + len(excerpt.text)
        assert text[excerpt.start : stop] == excerpt.text
        for ranges in (excerpt.cited, excerpt.gold):
            edges = [offset for part in ranges for offset in part]
            assert edges == sorted(set(edges))  # in order, apart from each other, none empty
            assert all(excerpt.start <= offset <= stop for offset in edges)
