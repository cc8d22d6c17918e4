"""The extractive reader: (question, passage) pairs to scored answer spans in document coordinates."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ragqa.errors import InvalidArgumentError, ModelError
from ragqa.schema import Passage
from ragqa.spans import Borders, best_spans, borders, segments_of, tidy

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

SHIPPED = Path(__file__).parent / "models" / "reader"
WINDOW_TOKENS = 384
MAX_QUESTION_TOKENS = 96


@dataclass(frozen=True)
class Span:
    """A candidate answer: `text == document.text[start:end]`.

    `score` is the span's start logit plus end logit, minus those of the null answer in the same window, so
    that spans of different passages can be compared and 0 means "as likely as no answer".
    `rank` is the position of its passage in the list that was read, from 0.
    """

    document_id: str
    start: int
    end: int
    text: str
    score: float
    rank: int


@runtime_checkable
class Reader(Protocol):
    """Anything with these members can be passed as `reader=`."""

    @property
    def name(self) -> str: ...

    def read(self, questions: Sequence[str], passages: Sequence[Sequence[Passage]]) -> list[list[Span]]:
        """The spans of each question's own passages, best first; a span occurs once however many passages hold it."""
        ...


class Encoder(Protocol):
    """Runs the network: `ragqa.encoder.OnnxEncoder`, or PyTorch for folders without an ONNX file."""

    folder: Path

    def load_tokenizer(self) -> Tokenizer: ...

    def run(self, encodings: Sequence[Encoding]) -> list[list[NDArray[np.float32]]]: ...


class ExtractiveReader:
    """A transformers question-answering model: start and end logits, the null answer at position 0.

    Spans follow Devlin et al. 2019 (BERT, SQuAD 2.0). A passage that does not fit is read in overlapping windows.
    """

    def __init__(
        self,
        encoder: Encoder,
        name: str,
        *,
        window_tokens: int = WINDOW_TOKENS,
        stride_tokens: int = 96,
        longest_answer: int = 30,
        n_best: int = 8,
    ) -> None:
        """Wrap an encoder.

        Args:
            encoder: the network with its tokenizer.
            name: what `load_reader` takes to load it again.
            window_tokens: longest sequence, question and special tokens included.
            stride_tokens: tokens that two windows of one passage share, at most a quarter of a window.
            longest_answer: most tokens in an answer.
            n_best: most spans kept of one window.
        """
        self.name = name
        self.folder = encoder.folder
        self._encoder = encoder
        self._window = window_tokens
        self._stride = min(stride_tokens, window_tokens // 4)
        self._longest_question = min(MAX_QUESTION_TOKENS, window_tokens // 4)
        self._longest = longest_answer
        self._n_best = n_best
        self._tokenising = threading.Lock()

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = self._encoder.load_tokenizer()
        tokenizer.enable_truncation(self._window, stride=self._stride, strategy="only_second")
        return tokenizer

    def read(self, questions: Sequence[str], passages: Sequence[Sequence[Passage]]) -> list[list[Span]]:
        """Read every question's passages.

        Args:
            questions: n questions.
            passages: n lists of passages.

        Returns:
            n lists of spans, best first; ties go to the better ranked passage, then the earlier span.
        """
        ranks: dict[tuple[int, str], list[int]] = {}  # of the passages with one text, which is read once
        for i, own in enumerate(passages):
            for rank, passage in enumerate(own):
                ranks.setdefault((i, passage.text), []).append(rank)
        if not ranks:
            return [[] for _ in questions]
        owners = list(ranks)
        with self._tokenising:
            shortened = [self._shorten(question) for question in questions]
            encodings = self._tokenizer.encode_batch([(shortened[i], text) for i, text in owners])
        windows = [
            (owner, w) for owner, whole in zip(owners, encodings, strict=True) for w in (whole, *whole.overflowing)
        ]
        parted = {text: borders(text) for text in {text for _, text in owners}}
        outputs = self._encoder.run([encoding for _, encoding in windows])
        found: list[dict[tuple[str, int, int], Span]] = [{} for _ in questions]
        for (owner, encoding), logits in zip(windows, outputs, strict=True):
            if len(logits) < 2 or any(one.shape != (len(encoding.ids),) for one in logits[:2]):
                raise ModelError(
                    f"{self.folder}: not a question-answering model with a start and an end for each token"
                )
            i, text = owner
            for begin, stop, score in self._spans(text, parted[text], encoding, *logits[:2]):
                for rank in ranks[owner]:
                    passage = passages[i][rank]
                    key = (passage.document_id, passage.start + begin, passage.start + stop)
                    if key not in found[i] or score > found[i][key].score:
                        found[i][key] = Span(*key, text[begin:stop], score, rank)
        return [sorted(spans.values(), key=lambda s: (-s.score, s.rank, s.start, s.end)) for spans in found]

    def _spans(
        self, text: str, parted: Borders, encoding: Encoding, start: NDArray[np.float32], end: NDArray[np.float32]
    ) -> Iterator[tuple[int, int, float]]:
        """(start, end, score) of the best spans of a window, in the text of its passage."""
        segments = segments_of(parted, encoding.offsets, encoding.sequence_ids)
        null = float(start[0] + end[0])
        for first, last, score in best_spans(start, end, segments, self._longest, self._n_best):
            begin, stop = tidy(text, encoding.offsets[first][0], encoding.offsets[last][1])
            if begin < stop:
                yield begin, stop, score - null

    def _shorten(self, question: str) -> str:
        """A question so long that it would leave no room for the passage keeps its end, where the asking is done."""
        longest = self._longest_question
        if len(question) <= longest and question.isascii():  # other characters may be several tokens each
            return question
        offsets = self._untruncated.encode(question, add_special_tokens=False).offsets
        return question if len(offsets) <= longest else question[offsets[-longest][0] :]

    @cached_property
    def _untruncated(self) -> Tokenizer:
        return self._encoder.load_tokenizer()


def load_reader(model: str | os.PathLike[str] | Reader | None = None) -> Reader:
    """The reader that ships (None or "default"), a transformers question-answering folder or name, or your own.

    Raises:
        ModelError: the folder or name does not lead to a usable model.
        InvalidArgumentError: the object has no `read`.
    """
    from ragqa.encoder import MODEL_FILE, OnnxEncoder

    if model is None or model == "default":
        return _shipped()
    if isinstance(model, (str, os.PathLike)) and str(model):
        folder = Path(model).absolute()  # it is read later, perhaps from another working directory
        name = str(folder) if folder.is_dir() else str(model)
        if (folder / MODEL_FILE).is_file():
            return ExtractiveReader(OnnxEncoder(folder), name=name)
        from ragqa.torch_encoder import TorchEncoder

        encoder = TorchEncoder(name)
        return ExtractiveReader(encoder, name=name, window_tokens=min(WINDOW_TOKENS, encoder.longest))
    if not isinstance(model, Reader):
        raise InvalidArgumentError(
            f"reader: {model!r} is neither a model name, a folder, nor an object with the methods of "
            "ragqa.reader.Reader"
        )
    return model


@lru_cache(maxsize=1)
def _shipped() -> ExtractiveReader:
    """One for the whole process, as each would hold the same weights."""
    from ragqa.encoder import OnnxEncoder

    return ExtractiveReader(OnnxEncoder(SHIPPED), name="default")
