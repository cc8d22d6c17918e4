"""`ragqa.verify`: what becomes of each quote of a reply."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import ragqa
from ragqa import Citation, Document, Index, Passage, Quote, Retrieved, Verification, verify
from ragqa.errors import InvalidArgumentError, UnknownDocumentError

BRIEFING = Document(
    id="briefing",
    text="The terms: Meta invests $14.3 billion, receives 49% of the shares, and sets a value of $29 billion.\n"
    "Wang’s team “moves”  to\nMeta — at once. A deal of **great weight** for the industry, they say.",
)
EARLY = Document(
    id="early",
    text="Meta is considering an investment of $10 billion or more in Scale AI. It would be its largest deal so far.",
)
SOURCES = [BRIEFING, EARLY]
WRAPS = [("“", "”"), ("„", "“"), ("«", "»"), ("»", "«"), ("« ", " »"), ("‘", "’"), ("‹", "›"), ('"', '"'), ("'", "'")]


def one(text: str, sources: Any = SOURCES, **options: Any) -> Quote:
    checked = verify(text, sources, **options)
    [quote] = checked.quotes
    return quote


def at(quote: Quote, sources: list[Document] = SOURCES) -> list[str]:
    """What stands at a quote's places."""
    texts = {document.id: document.text for document in sources}
    return [texts[place.document_id][place.start : place.end] for place in quote.places]


class TestFound:
    @pytest.mark.parametrize("wrap", WRAPS, ids="".join)
    def test_in_any_quotation_marks(self, wrap: tuple[str, str]) -> None:
        reply = f"It says {wrap[0]}receives 49% of the shares{wrap[1]} [1]."
        quote = one(reply)
        assert (quote.status, quote.exact, quote.marks, at(quote)) == ("found", True, (1,), [quote.text.strip()])
        assert reply[quote.start : quote.end] == quote.text

    def test_nested_quotes_are_part_of_the_outer_one(self) -> None:
        text = "Tim said: “We ‘won’ it”, and left."
        quote = one('He writes "Tim said: “We ‘won’ it”, and left" [1].', [Document(id="a", text=text)])
        assert (quote.status, quote.exact) == ("found", True)

    def test_straight_quotes_may_be_nested_in_straight_ones(self) -> None:
        source = Document(id="a", text='She said "we won" today and she "knew" it')
        quote = one('It reads "She said "we won" today and she "knew" it" [1].', [source])
        assert (quote.status, quote.exact) == ("found", True)

    @pytest.mark.parametrize(
        "block",
        [
            "> receives 49% of the shares",
            "> receives 49%\n> of the shares",
            '> "receives 49% of the shares" [1]',
            "> receives 49% of the shares [1]",
            "> receives 49% of the shares\n> — The briefing [1]",
            "> receives 49% of the shares\n\n[1]",
            "   >> receives 49% of\n>the shares\n",
        ],
    )
    def test_in_block_quotes(self, block: str) -> None:
        reply = f"It says:\n\n{block}\n\nAnd “Meta invests $14.3 billion” [1]."
        first, second = verify(reply, SOURCES).quotes
        assert " ".join(first.text.split()) == "receives 49% of the shares"
        assert (first.status, second.status) == ("found", "found")
        assert first.marks == ((1,) if "[1]" in block else ())
        assert at(first) == ["receives 49% of the shares"]
        assert reply[first.start :].startswith("receives")
        assert reply[: first.end].endswith("shares")

    @pytest.mark.parametrize(
        "quoted",
        [
            "Wang's team 'moves' to Meta - at once",
            "Wang’s team “moves”\n  to Meta — at once",
            "A deal of great weight for the industry",
            "meta invests $14.3 billion",
            "Meta invests $14.3 billion.",
            "Receives 49% of the shares,",
            "**49% of** the shares",
            "...receives 49% of the shares...",
            "Me\u00adta invests\u00a0$14.3 billion",
        ],
    )
    def test_what_typesetting_changes_is_no_difference_but_told(self, quoted: str) -> None:
        quote = one(f"> {quoted}".replace("\n", "\n> "))
        assert (quote.status, quote.exact) == ("found", False)
        assert len(quote.places) == 1

    def test_places_are_of_the_source_not_of_what_was_compared(self) -> None:
        assert at(one("\"team 'moves' to Meta - at once\"")) == ["team “moves”  to\nMeta — at once"]
        assert at(one('"deal of great weight for"')) == ["deal of **great weight** for"]

    def test_a_quote_without_a_mark_may_be_from_any_source_and_names_all(self) -> None:
        both = [Document(id="a", text="So it goes on."), Document(id="b", text="And so, so it goes on.")]
        quote = one('"it goes on"', both)
        assert [place.document_id for place in quote.places] == ["a", "b"]

    def test_any_of_several_marks_may_be_meant(self) -> None:
        assert one('"receives 49% of the shares" [2, 1]').status == "found"
        assert one('"receives 49% of the shares" [2][1]').marks == (2, 1)

    @pytest.mark.parametrize(
        "reply",
        [
            '"receives 49% of the shares" [1]',
            '"receives 49% of the shares"[1].',
            '"receives 49% of the shares." [1]',
            '"receives 49% of the shares". [1]',
            '"receives 49% of the shares [1]"',
            '**"receives 49% of the shares"** [1]',
            '("receives 49% of the shares") [1]',
            'It "receives 49% of the shares", says the briefing [1], which is much.',
        ],
    )
    def test_its_mark_follows_it_or_comes_later_in_its_sentence(self, reply: str) -> None:
        assert one(reply).marks == (1,)
        assert one(reply).status == "found"

    def test_a_mark_behind_another_quote_or_in_another_sentence_is_not_its_own(self) -> None:
        reply = '"Meta invests $14.3 billion" and "receives 49% of the shares" [1]. It was a lot. Others agree [2].'
        first, second = verify(reply, SOURCES).quotes
        assert (first.marks, second.marks) == ((), (1,))
        assert one('"receives 49% of the shares". That is much [2].').marks == ()


class TestNotFound:
    def test_misattributed_says_where_it_is(self) -> None:
        quote = one('"receives 49% of the shares" [2]')
        assert (quote.status, quote.exact) == ("misattributed", True)
        assert (quote.places[0].document_id, at(quote)) == ("briefing", ["receives 49% of the shares"])

    @pytest.mark.parametrize(
        "quoted",
        [
            "receives 51% of the shares",
            "Meta bought the whole company",
            "META INVESTS $14.3 BILLION",
            "receives 49% of shares",
            "receives 49% of the shares of its largest deal so far",
            "Meta... nothing of the kind",
        ],
    )
    def test_absent(self, quoted: str) -> None:
        quote = one(f'"{quoted}" [1]')
        assert (quote.status, quote.exact, quote.places) == ("absent", False, ())
        assert not verify(f'"{quoted}" [1]', SOURCES).ok

    @pytest.mark.parametrize(
        ("quoted", "pieces"),
        [
            ("Meta invests ... 49% of the shares", ["Meta invests", "49% of the shares"]),
            ("Meta invests […] 49% of the shares.", ["Meta invests", "49% of the shares"]),
            ("Meta invests (. . .) the shares…", ["Meta invests", "the shares"]),
            ("receives 49% of the shares, [then] sets a value", ["receives 49% of the shares", "sets a value"]),
            ("[never] receives 49% of the shares", ["receives 49% of the shares"]),
            (
                "Meta invests $14.3 billion. It would be its largest deal",
                ["Meta invests $14.3 billion", "It would be its largest deal"],
            ),
        ],
    )
    def test_stitched_lists_its_pieces(self, quoted: str, pieces: list[str]) -> None:
        quote = one(f'"{quoted}" [1]')
        assert (quote.status, quote.exact, at(quote)) == ("stitched", False, pieces)
        assert not verify(f'"{quoted}" [1]', SOURCES).ok

    def test_words_that_merely_occur_are_not_stitched(self) -> None:
        assert one('"Meta deal shares industry value"').status == "absent"


class TestShortQuotes:
    def test_irony_is_passed_over_and_a_cited_word_is_not(self) -> None:
        assert verify("The so-called “upending” of it.", SOURCES).quotes == ()
        assert one('It got "51%" [1].').status == "absent"
        assert one('It got "49%" [1].').status == "found"
        assert one("An “upending” of it.", min_words=1).status == "absent"
        assert verify('It "receives 49%".', SOURCES, min_words=3).quotes == ()

    def test_apostrophes_and_inches_quote_nothing(self) -> None:
        reply = "It's the dogs' bowls' size: 5' 10\" or 6\" wide, in the '90s, rock 'n' roll, Wang's."
        assert verify(reply, SOURCES).quotes == ()

    def test_what_is_not_closed_quotes_nothing_and_hides_nothing(self) -> None:
        reply = 'He said "and never stopped. “Meta invests $14.3 billion” [1]\n\nNext "receives 51% of the shares" [1].'
        first, second = verify(reply, SOURCES).quotes
        assert (first.status, second.status) == ("found", "absent")


class TestMarks:
    def test_marks_that_name_no_source(self) -> None:
        reply = 'It "receives 49% of the shares" [1][3]. More [0, 2]. In [2024].'
        checked = verify(reply, SOURCES)
        assert [(mark.text, mark.marks) for mark in checked.unknown] == [("[1][3]", (3,)), ("[0, 2]", (0,))]
        assert checked.quotes[0].status == "found"
        assert not checked.ok
        for mark in checked.unknown:
            assert reply[mark.start : mark.end] == mark.text

    def test_sentences_that_cite_and_quote_nothing(self) -> None:
        reply = (
            'Meta bought a share [1]. It "receives 49% of the shares" [1]. No mark here.\n\n- A point. [2]\n'
            "- It was “upending” in a way [2].\n"
        )
        checked = verify(reply, SOURCES)
        assert [(part.text, part.marks) for part in checked.unquoted] == [
            ("Meta bought a share [1].", (1,)),
            ("- A point. [2]", (2,)),
            ("- It was “upending” in a way [2].", (2,)),
        ]
        assert checked.ok
        assert all(reply[part.start : part.end] == part.text for part in checked.unquoted)

    def test_a_mark_inside_a_quote_is_of_the_source(self) -> None:
        source = Document(id="a", text="It was shown [7] that so it is.")
        checked = verify('"It was shown [7] that so it is" [1]', [source])
        assert checked.ok
        assert checked.unknown == ()


class TestSources:
    def test_an_answer_its_claims_in_their_order(self, seeds: Index) -> None:
        answer = seeds.ask("How much did Meta invest in Scale AI?")
        citations = [citation for claim in answer.claims for citation in claim.citations]
        assert len(citations) > 2
        for number, citation in enumerate(citations, 1):
            quote = one(f"“{citation.quote}” [{number}]", answer, min_words=1)
            assert quote.status == "found"
            place = quote.places[0]
            text = seeds.document(place.document_id).text
            assert text[place.start : place.end] == quote.text
        assert verify("“Much” [99]", answer).unknown

    def test_a_context_by_its_numbers(self, seeds: Index) -> None:
        context = seeds.context("What share of Scale AI did Meta buy?")
        for source in context.sources:
            words = source.text.replace("“", " ").replace("”", " ").split("\n")[-1][:60]
            quote = one(f"“{words}” [{source.number}]", context)
            assert (quote.status, quote.places[0].document_id) == ("found", source.document_id)
            other = next(s.number for s in context.sources if s.document_id != source.document_id)
            assert one(f"“{words}” [{other}]", context).status == "misattributed"

    def test_an_index_gives_the_whole_documents(self, seeds: Index) -> None:
        context = seeds.context("What share of Scale AI did Meta buy?", max_tokens=230)
        [source] = context.sources
        text = seeds.document(source.document_id).text
        beyond = text[source.end :].split("\n\n")[2][:80]
        assert one(f"“{beyond}” [1]", context).status == "absent"
        quote = one(f"“{beyond}” [1]", context, index=seeds)
        assert quote.status == "found"
        assert text[quote.places[0].start : quote.places[0].end] == beyond.strip()

    def test_passages_citations_and_documents_mixed(self) -> None:
        passage = Passage(document_id="briefing", start=11, end=37, text=BRIEFING.text[11:37])
        citation = Citation(
            document_id="early", title="", source="", start=0, end=4, quote="Meta", sentence=EARLY.text[:69],
            sentence_start=0, page=None, line=1,
        )  # fmt: skip
        sources = [passage, Retrieved(passage=passage, score=1), citation, EARLY]
        reply = '"Meta invests" [1] "Meta invests" [2] "Meta is considering" [3] "its largest deal" [4]'
        checked = verify(reply, sources)
        assert [quote.status for quote in checked.quotes] == ["found"] * 4
        assert at(checked.quotes[0]) == ["Meta invests"]
        assert one('"its largest deal" [3]', sources).status == "found"  # the same document, which [4] shows whole
        assert one('"its largest deal" [3]', sources[:3]).status == "absent"

    @pytest.mark.parametrize(
        ("arguments", "options", "said"),
        [
            ((5, SOURCES), {}, "text: a string is needed, not int"),
            (("half \ud83d", SOURCES), {}, "surrogate"),
            (("", None), {}, "citations"),
            (("", "briefing"), {}, "citations"),
            (("", [BRIEFING, "early"]), {}, "citations"),
            (("", BRIEFING), {}, "citations"),
            (("", SOURCES), {"min_words": 0}, "min_words: 0"),
        ],
    )
    def test_bad_input(self, arguments: tuple[Any, Any], options: dict[str, Any], said: str) -> None:
        with pytest.raises(InvalidArgumentError, match=said):
            verify(*arguments, **options)

    def test_a_document_that_the_index_lacks(self, seeds: Index) -> None:
        with pytest.raises(UnknownDocumentError):
            verify("", [Passage(document_id="gone", start=0, end=1, text="x")], index=seeds)

    def test_round_trips(self) -> None:
        checked = verify('It "receives 49% of the shares" [1]. And so on [3]. "Meta ... shares" [1]', SOURCES)
        assert Verification.model_validate_json(checked.model_dump_json()) == checked

    def test_nothing_quoted_is_nothing_wrong(self) -> None:
        assert verify("", []) == Verification(ok=True, quotes=(), unquoted=(), unknown=())
        assert not verify('"Some words" it says', []).ok


TEXT = st.text(alphabet="abcd é🎉.,;:!?()[]*`-–…'’\"“ \n1$%", max_size=300)
SLICES = st.text(alphabet="abcd é🎉.,;:!?()-–…1$% ", min_size=1, max_size=60)


class TestAnyText:
    @given(before=TEXT, slice_=SLICES, after=TEXT, wrap=st.sampled_from(WRAPS), mark=st.sampled_from(["", " [1]"]))
    def test_a_verbatim_slice_is_found(
        self, before: str, slice_: str, after: str, wrap: tuple[str, str], mark: str
    ) -> None:
        assume(any(map(str.isalnum, slice_)))
        if wrap[0] in "„»":  # whose signs open elsewhere what they close here: with a space inside they tell nothing
            slice_ = slice_.strip()
        document = Document(id="a", text=before + slice_ + after)
        reply = f"The text: {wrap[0]}{slice_}{wrap[1]}{mark}"
        quote = one(reply, [document], min_words=1)
        assert quote.status == "found"
        assert quote.exact
        assert at(quote, [document]) == [quote.text.strip()] == [slice_.strip()]
        assert reply[quote.start : quote.end] == quote.text

    @given(text=st.text(alphabet="abcd .,\n*“”'\"1é—", max_size=200), data=st.data())
    def test_a_verbatim_slice_is_found_in_a_block_quote(self, text: str, data: st.DataObject) -> None:
        start = data.draw(st.integers(0, len(text)))
        slice_ = text[start : data.draw(st.integers(start, len(text)))]
        lines = [line for line in slice_.split("\n") if line.strip()]
        assume(any(map(str.isalnum, slice_)) and not lines[-1].lstrip().startswith("—"))
        reply = "\n".join(f"> {line}" for line in slice_.split("\n"))
        for quote in verify(reply, [Document(id="a", text=text)], min_words=1).quotes:
            assert quote.status == "found"

    @given(source=TEXT, reply=TEXT)
    def test_what_does_not_stand_there_is_never_found(self, source: str, reply: str) -> None:
        document = Document(id="a", text=source)

        def letters(text: str) -> str:
            return "".join(re.findall(r"\w", text)).casefold()

        for quote in verify(reply, [document], min_words=1).quotes:
            assert reply[quote.start : quote.end] == quote.text
            if quote.status == "found":
                assert letters(quote.text) in letters(source)
                assert not quote.exact or quote.text.strip() in source
            for place in quote.places:
                assert letters(source[place.start : place.end]) in letters(quote.text)

    @given(TEXT)
    def test_random_letters_are_absent(self, source: str) -> None:
        assert one("“xyz qqq” [1]", [Document(id="a", text=source)]).status == "absent"

    @given(st.text(alphabet="a \"“”‘’'«»[1],.>\n*`…", max_size=200))
    def test_any_reply_has_an_answer(self, reply: str) -> None:
        checked = verify(reply, SOURCES)
        spans = [(quote.start, quote.end) for quote in checked.quotes]
        assert all(start < end <= following for (start, end), (following, _) in pairwise(spans))


class TestHostileReplies:
    """Each would take hours if its time were more than in proportion to the length."""

    @pytest.mark.parametrize(
        "reply",
        [
            '"' * 10**7,
            "\"'" * 200_000,
            "“‘" * 200_000,
            "“" * 3 + "“ a " * 200_000,
            '"a b" ' * 50_000,
            "> a\n" * 200_000,
            "> " * 500_000,
            "[1" * 500_000,
            "[1, " * 300_000,
            "[1]" * 300_000,
            '"' + "*" * 10**6 + '"',
            '"a' + "*" * 10**6 + 'a b c d"',
            '"a ' + ". " * 500_000 + '"',
            '"' + "Meta invests " * 100_000 + '"',
            '"' + "[a" * 300_000 + '"',
            " " * 10**6 + '"a b"',
            "\n" * 10**6 + '"a b"',
        ],
        ids=lambda reply: reply[:12],
    )
    def test_end(self, reply: str) -> None:
        checked = verify(reply, SOURCES)
        assert len({quote.status for quote in checked.quotes}) <= 1

    def test_hostile_sources_end(self) -> None:
        text = "a" + "*" * 10**6 + "a " + " " * 10**6 + "\u200b" * 10**6 + "b"
        assert one('"a b c d" [1]', [Document(id="a", text=text)]).status == "absent"


def test_is_public() -> None:
    assert ragqa.verify is verify
