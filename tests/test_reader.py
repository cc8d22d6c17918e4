from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer, models, pre_tokenizers, processors

from ragqa.embedding.onnx import SHIPPED as EMBEDDING
from ragqa.errors import InvalidArgumentError, ModelError
from ragqa.reader import MAX_QUESTION_TOKENS, SHIPPED, WINDOW_TOKENS, ExtractiveReader, Reader, Span, load_reader
from ragqa.schema import Passage

FACTS = "Meta paid $14.3 billion for 49% of Scale AI in June 2025. Alexandr Wang, who ran it, joined Meta."
QUESTIONS = [
    "How much did Meta pay?",
    "Who joined Meta?",
    "What share of Scale AI did Meta get?",
    "Why is the sea salty?",
]


def passage(text: str, start: int = 0, document_id: str = "d") -> Passage:
    return Passage(document_id=document_id, start=start, end=start + len(text), text=text)


class Script:
    """An encoder whose tokens are words, and whose logits are looked up: {word: (start, end)}, otherwise -9."""

    folder = Path("script")

    def __init__(
        self, logits: dict[str, tuple[float, float]], bonus: Callable[[Encoding], float] | None = None
    ) -> None:
        self.logits = {"[CLS]": (0.0, 0.0), **logits}
        self.bonus = bonus or (lambda _: 0.0)
        self.seen: list[Encoding] = []

    def load_tokenizer(self) -> Tokenizer:
        words = {word: i for i, word in enumerate(["[UNK]", "[CLS]", "[SEP]", *self.logits])}
        tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
        )
        return tokenizer

    def run(self, encodings: Sequence[Encoding]) -> list[list[NDArray[np.float32]]]:
        self.seen += encodings
        outputs = []
        for encoding in encodings:
            pairs = np.array([self.logits.get(token, (-9.0, -9.0)) for token in encoding.tokens], np.float32)
            outputs.append([pairs[:, 0] + np.float32(self.bonus(encoding) * (pairs[:, 0] > 5)), pairs[:, 1]])
        return outputs


def read(script: Script, question: str, *passages: Passage, **settings: int) -> list[Span]:
    return ExtractiveReader(script, "script", **settings).read([question], [passages])[0]


class TestScripted:
    def test_offsets_are_those_of_the_document_and_scores_relative_to_no_answer(self) -> None:
        script = Script({"[CLS]": (1, 2), "Bob": (6, 0), "Smith": (0, 5)})
        best = read(script, "Who?", passage("nobody"), passage("🎉 e\u0301 by Bob  Smith, today", start=100))[0]
        assert best == Span("d", 108, 118, "Bob  Smith", 6 + 5 - 3, 1)

    def test_the_question_holds_no_answer(self) -> None:
        script = Script({"Bob": (9, 9), "Ann": (1, 1)})
        assert read(script, "Is Bob Bob?", passage("or Ann"))[0].text == "Ann"
        assert {span.text for span in read(script, "Is Bob Bob?", passage("not him"))} == {"not him", "not", "him"}

    def test_an_answer_deep_in_a_long_passage(self) -> None:
        filler = "word " * 1000
        script = Script({"Bob": (9, 9)})
        best = read(script, "Who?", passage(f"{filler}Bob {filler}", start=10))[0]
        assert (best.start, best.end, best.text) == (5010, 5013, "Bob")
        assert all(len(encoding.ids) <= WINDOW_TOKENS for encoding in script.seen)

    @pytest.mark.parametrize("words", range(330, 480, 10))
    def test_an_answer_at_the_edge_of_a_window_is_whole_in_the_next(self, words: int) -> None:
        script = Script({"Bob": (9, 0), "Smith": (0, 9)})
        text = "word " * words + "Bob van der Smith" + " word" * 300
        spans = read(script, "Who?", passage(text))
        assert spans[0].text == "Bob van der Smith"
        assert [(span.start, span.end) for span in spans].count((spans[0].start, spans[0].end)) == 1

    def test_a_span_in_two_windows_has_the_higher_score(self) -> None:
        text = "word " * 350 + "Bob" + " word" * 300
        for sign in (1, -1):
            script = Script({"Bob": (9, 9)}, bonus=lambda encoding, sign=sign: sign * encoding.offsets[5][0] / 1000)
            best = read(script, "Who?", passage(text))[0]
            scores = {18 + script.bonus(window) for window in script.seen if "Bob" in window.tokens}
            assert len(scores) == 2
            assert (best.text, best.score) == ("Bob", pytest.approx(max(scores)))

    def test_a_span_in_two_overlapping_passages_occurs_once_with_the_higher_score(self) -> None:
        script = Script({"Bob": (9, 9)}, bonus=lambda encoding: len(encoding.ids))
        text = "one two Bob three"
        short, long = passage("Bob three", start=8), passage(text)
        for passages in [(short, long), (long, short)]:
            spans = read(script, "Who?", *passages)
            assert [(span.start, span.end) for span in spans].count((8, 11)) == 1
            assert (spans[0].text, spans[0].score, spans[0].rank) == ("Bob", 18 + 9, passages.index(long))

    def test_of_equal_spans_the_better_ranked_then_the_earlier_is_first(self) -> None:
        script = Script({"Bob": (6, 6)})
        spans = read(script, "Who?", passage("Bob a Bob", document_id="z"), passage("Bob", document_id="a"), n_best=9)
        best = [(span.document_id, span.start) for span in spans if span.text == "Bob"]
        assert best == [("z", 0), ("z", 6), ("a", 0)]

    def test_at_most_n_best_spans_of_a_window(self) -> None:
        for n in (1, 3):
            assert len(read(Script({}), "Who?", passage("a b c d"), passage("e f g", 10), n_best=n)) == 2 * n

    def test_no_answer_is_longer_than_allowed(self) -> None:
        spans = read(Script({"a": (9, 0), "e": (0, 9)}), "Who?", passage("a b c d e"), longest_answer=4, n_best=99)
        assert max(len(span.text.split()) for span in spans) == 4

    def test_answers_cross_neither_reference_marks_nor_blank_lines(self) -> None:
        spans = read(Script({"Bob": (9, 0), "Smith": (0, 9)}), "Who?", passage("Bob [4] Ann\n\nSmith"), n_best=99)
        assert {span.text for span in spans} == {"Bob", "Ann", "Smith"}

    def test_nothing_to_read(self) -> None:
        reader = ExtractiveReader(Script({"Bob": (9, 9)}), "script")
        assert reader.read([], []) == []
        assert reader.read(["Who?", "Why?"], [[], []]) == [[], []]
        empty, full = reader.read(["Who?", "Why?"], [[], [passage("Bob")]])
        assert (empty, [span.text for span in full]) == ([], ["Bob"])

    def test_a_long_question_keeps_its_end_and_leaves_room(self) -> None:
        script = Script({"Bob": (9, 9), "then": (-9, -9)})
        question = "so " * 650 + "who is it, then?"
        text = "word " * 600 + "Bob"
        assert read(script, question, passage(text))[0].text == "Bob"
        for encoding in script.seen:
            own = [i for i, sequence in enumerate(encoding.sequence_ids) if sequence == 0]
            assert len(own) == MAX_QUESTION_TOKENS
            assert encoding.tokens[own[-2]] == "then"
            assert len(encoding.ids) <= WINDOW_TOKENS

    def test_a_question_with_several_tokens_a_character_leaves_room(self) -> None:
        class Bytes(Script):
            def load_tokenizer(self) -> Tokenizer:
                tokenizer = super().load_tokenizer()
                tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
                    [pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.Split("", "isolated")]
                )
                return tokenizer

        script = Bytes({"B": (9, 9)})
        assert read(script, "🎉" * MAX_QUESTION_TOKENS, passage("xx " * 200 + "B"))[0].text == "B"
        assert len(script.seen[0].ids) <= WINDOW_TOKENS

    def test_a_small_window(self) -> None:
        script = Script({"Bob": (9, 9)})
        text = "word " * 30 + "Bob"
        assert read(script, "Who of them was it in the end?", passage(text), window_tokens=16)[0].text == "Bob"
        assert max(len(encoding.ids) for encoding in script.seen) == 16

    def test_a_network_of_another_kind_is_refused(self) -> None:
        class Pooled(Script):
            def run(self, encodings: Sequence[Encoding]) -> list[list[NDArray[np.float32]]]:
                return [[np.zeros(8, np.float32), np.zeros(8, np.float32)] for _ in encodings]

        with pytest.raises(ModelError, match="script: not a question-answering model"):
            read(Pooled({}), "Who?", passage("Bob"))


class TestShipped:
    def test_it_answers(self, reader: Reader) -> None:
        found = reader.read(QUESTIONS[:3], [[passage("The sea is salty."), passage(FACTS)]] * 3)
        best = [spans[0] for spans in found]
        assert [span.rank for span in best] == [1, 1, 1]
        for span, part in zip(best, ["14.3 billion", "Alexandr Wang", "49%"], strict=True):
            assert part in span.text
            assert span.score > 0

    def test_odd_characters_before_the_answer_do_not_move_it(self, reader: Reader) -> None:
        odd = "👩🏽\u200d🚀 e\u0301 İ ﬁ \u200b\x00 한국 𝟙 \ufeff"
        (spans,) = reader.read(["Where does Ann live?"], [[passage(f"{odd} Ann lives in Bogota\u0301 {odd}.", 50)]])
        best = spans[0]
        assert best.text.removeprefix("in ") == "Bogota\u0301"
        assert best.start - 50 == f"{odd} Ann lives in Bogota\u0301".index(best.text)

    def test_many_at_once_equal_one_by_one(self, reader: Reader) -> None:
        lists = [[passage(FACTS), passage(FACTS * 20, 200)], [passage("It is salty.")], [], [passage(FACTS, 7, "e")]]
        together = reader.read(QUESTIONS, lists)
        assert together == [reader.read([q], [own])[0] for q, own in zip(QUESTIONS, lists, strict=True)]
        assert together[2] == []

    def test_the_order_of_passages_changes_nothing_but_ranks(self, reader: Reader) -> None:
        passages = [passage(FACTS), passage("Bob paid $3 for it.", 0, "e"), passage(FACTS[10:], 10)]
        (forward,), (backward,) = (reader.read(QUESTIONS[:1], [own]) for own in (passages, passages[::-1]))
        facts = [
            {(span.document_id, span.start, span.end, span.text, span.score) for span in spans}
            for spans in (forward, backward)
        ]
        assert facts[0] == facts[1]
        assert forward[0].text == backward[0].text

    def test_threads_do_not_disturb_each_other(self, reader: Reader) -> None:
        lists = [[passage(FACTS * n), passage("It is salty.")] for n in range(1, 5)]
        alone = [reader.read([q], [own]) for q, own in zip(QUESTIONS, lists, strict=True)]
        with ThreadPoolExecutor(8) as pool:
            results = pool.map(lambda i: reader.read([QUESTIONS[i % 4]], [lists[i % 4]]), range(24))
            assert list(results) == alone * 6

    @pytest.mark.parametrize("text", ["\x00\x01\x1b\x7f", "\u200b", "...", "[4]", "🎉🎉", " \n"])
    def test_text_without_words_holds_no_answer(self, reader: Reader, text: str) -> None:
        assert reader.read(["What?"], [[passage(text)]]) == [[]]

    def test_ten_megabytes_without_a_space(self, reader: Reader) -> None:
        text = "x" * 10_000_000
        passage = Passage(document_id="d", start=0, end=len(text), text=text)
        assert all(span.text in text for span in reader.read(["Who?"], [[passage]])[0])

    def test_one_endless_word(self, reader: Reader) -> None:
        ((span, *_),) = reader.read(["What?"], [[passage("x" * 100_000, 3)]])
        assert (span.start, span.end) == (3, 100_003)

    @pytest.mark.parametrize("question", ["why " * 500, "x" * 2000, "?" * 2000, "🎉" * 2000, "각 " * 1000, "\x00", "?"])
    def test_questions_of_every_kind(self, reader: Reader, question: str) -> None:
        (spans,) = reader.read([question], [[passage(FACTS * 20)]])
        assert spans

    @given(
        question=st.text(min_size=1, max_size=40),
        texts=st.lists(st.text(max_size=60) | st.sampled_from([FACTS, FACTS * 12]), min_size=1, max_size=3),
        start=st.integers(0, 9),
    )
    @settings(max_examples=40)
    def test_spans_are_exact_distinct_and_sorted(
        self, reader: Reader, question: str, texts: list[str], start: int
    ) -> None:
        passages = [passage(text, start, str(i)) for i, text in enumerate(texts)]
        (spans,) = reader.read([question], [passages])
        for span in spans:
            assert span.document_id == str(span.rank)
            assert span.text == texts[span.rank][span.start - start : span.end - start] == span.text.strip()
            assert any(character.isalnum() for character in span.text)
        assert len({(span.document_id, span.start, span.end) for span in spans}) == len(spans)
        assert [span.score for span in spans] == sorted((span.score for span in spans), reverse=True)


class TestLoading:
    def test_the_default(self) -> None:
        for model in (None, "default"):
            assert load_reader(model).name == "default"

    @pytest.mark.parametrize("kind", [str, Path])
    def test_a_folder(
        self, reader: Reader, tmp_path: Path, kind: Callable[[str], str | Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = shutil.copytree(SHIPPED, tmp_path / "mine")
        monkeypatch.chdir(tmp_path)
        loaded = load_reader(kind("mine"))
        monkeypatch.chdir("/")
        assert loaded.name == str(folder)
        assert loaded.read(QUESTIONS[:1], [[passage(FACTS)]]) == reader.read(QUESTIONS[:1], [[passage(FACTS)]])

    def test_one_s_own(self) -> None:
        class Own:
            name = "own"

            def read(self, questions: Sequence[str], passages: Sequence[Sequence[Passage]]) -> list[list[Span]]:
                return [[] for _ in zip(questions, passages, strict=True)]

        own = Own()
        assert load_reader(own) is own

    @pytest.mark.parametrize("model", [5, "", object(), ["default"]])
    def test_what_is_no_reader(self, model: object) -> None:
        with pytest.raises(InvalidArgumentError, match=r"reader: .* is neither"):
            load_reader(model)  # type: ignore[arg-type]

    def test_an_embedding_model_is_no_reader(self) -> None:
        with pytest.raises(ModelError, match="embedding: not a question-answering model"):
            load_reader(EMBEDDING).read(["Who?"], [[passage("Bob")]])

    @pytest.mark.parametrize("name", ["no-such-model", "no/such-model", "./no/such/folder"])
    def test_unknown_names(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(ModelError, match=f"reader '{name}' can't be loaded"):
            load_reader(name)
