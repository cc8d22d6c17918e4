"""The public `Index`: from a folder of documents to cited answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ragqa.arguments import check_count, check_ids, check_path, check_question, check_questions, check_share, fitting
from ragqa.calibration import Calibration
from ragqa.chunking import ChunkSettings, chunk
from ragqa.clock import Clock
from ragqa.conversation import Chat, History, put
from ragqa.documents import load
from ragqa.embedding import DEFAULT, Embedding, load_embedding
from ragqa.errors import IndexClosedError, IndexModelError, ModelError
from ragqa.index import PassageIndex
from ragqa.index.folder import EmbeddingRecord
from ragqa.prompting import compose
from ragqa.reader import Reader, Span, load_reader
from ragqa.resolve import Resolution, resolve, weigh
from ragqa.retrieval import passage_text, retrieve, retrieve_distinct
from ragqa.schema import Answer, Context, Document, Passage, Retrieved, Skipped

Source: TypeAlias = str | os.PathLike[str] | Iterable[Document]
Progress: TypeAlias = Callable[[int, int], None]

TOP_K = 8
CONTEXT_TOKENS = 2_000  # room for the passages that are read
ADD_PASSAGES = 2_048  # passages added to the index at a time, which bounds memory
ASK_BATCH = 32  # questions of `ask_many` worked on at a time


class Index:
    """Documents ready to be asked. Make one with `build` or `open`.

    Asking is thread-safe; `add`, `remove` and `save` are for one thread, with nobody asking meanwhile.
    """

    def __init__(self, passages: PassageIndex, embedding: Embedding, reader: Reader | None) -> None:
        """Internal: use `build` or `open`."""
        self._passages: PassageIndex | None = passages
        self._embedding = embedding
        self._given_reader = reader
        self.skipped: tuple[Skipped, ...] = ()

    @classmethod
    def build(
        cls,
        source: Source,
        path: str | os.PathLike[str] | None = None,
        *,
        embedding: str | os.PathLike[str] | Embedding | None = None,
        reader: str | os.PathLike[str] | Reader | None = None,
        chunking: ChunkSettings | None = None,
        progress: Progress | None = None,
    ) -> Index:
        """Index documents, and save the index when a path is given.

        Args:
            source: a folder (recursive), a file, a JSONL file, or documents.
            path: folder for the index; one that is there is replaced when the new one is complete.
            embedding: None for the model that ships, a sentence-transformers name or folder, or an object.
            reader: None for the model that ships, a transformers question-answering folder, or an object.
            chunking: how passages are cut.
            progress: called with (documents done, documents in all).

        Raises:
            NoDocumentsError: nothing readable at the source. Files of a folder that can't be read are left out
                and listed in `skipped`.
            UnreadableDocumentError: the one file given can't be read.
            DuplicateDocumentError: two documents have the same id.
            IndexExistsError: the path holds something else.
            ModelError: a model can't be loaded.
        """
        folder = None if path is None else check_path(path)
        loaded = load(source)
        model = load_embedding(embedding)
        given_reader = None if reader is None else load_reader(reader)
        settings = fitting(chunking, model)
        record = EmbeddingRecord(name=model.name, fingerprint=model.fingerprint, dimension=model.dimension)
        passages = PassageIndex(record, settings, folder)
        index = cls(passages, model, given_reader)
        try:
            index.skipped = tuple(loaded.skipped)
            index.add(loaded.documents, progress=progress)
            if path is not None:
                index.save()
        except BaseException:
            index.close()
            raise
        return index

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        embedding: str | os.PathLike[str] | Embedding | None = None,
        reader: str | os.PathLike[str] | Reader | None = None,
    ) -> Index:
        """Open a saved index.

        Args:
            path: the index folder.
            embedding: None loads the model that the manifest names.
            reader: as for `build`.

        Raises:
            IndexNotFoundError, IndexVersionError, DamagedIndexError: there is no usable index.
            IndexModelError: it was made by another embedding model.
            ModelError: a model can't be loaded.
        """
        passages = PassageIndex.open(check_path(path))
        record = passages.embedding
        model = load_embedding(record.name if embedding is None else embedding)
        if model.fingerprint != record.fingerprint:
            raise IndexModelError(
                f"{path}: made by embedding model {record.name!r} ({record.fingerprint}), opened with {model.name!r} "
                f"({model.fingerprint}); open it with the model that made it, or build it again"
            )
        return cls(passages, model, None if reader is None else load_reader(reader))

    def add(self, documents: Source, *, progress: Progress | None = None) -> None:
        """Index more documents; asked at once, on disk after `save`. What is left out is added to `skipped`.

        Args:
            documents: what `build` takes as its source.
            progress: as for `build`.

        Raises:
            NoDocumentsError, UnreadableDocumentError: see `build`.
            DuplicateDocumentError: an id is taken; no document of this call is added then.
        """
        loaded = load(documents)
        self._index.check_new(document.id for document in loaded.documents)
        done = 0
        for batch, passages in self._batches(loaded.documents):
            texts = [passage_text(passage, batch[passage.document_id]) for passage in passages]
            self._index.add(list(batch.values()), passages, self._vectors(self._embedding.embed_passages, texts))
            done += len(batch)
            if progress is not None:
                progress(done, len(loaded.documents))
        self.skipped += tuple(loaded.skipped)

    def _batches(self, documents: Sequence[Document]) -> Iterator[tuple[dict[str, Document], list[Passage]]]:
        batch: dict[str, Document] = {}
        passages: list[Passage] = []
        for document in documents:
            batch[document.id] = document
            passages += chunk(document, self._embedding.count_tokens, self._index.chunking)
            if len(passages) >= ADD_PASSAGES:
                yield batch, passages
                batch, passages = {}, []
        if batch:
            yield batch, passages

    def remove(self, document_ids: Iterable[str]) -> None:
        """Remove documents; gone at once, on disk after `save`.

        Raises:
            UnknownDocumentError: an id is not there; nothing is removed then.
        """
        if listed := check_ids(document_ids):
            self._index.remove(listed)

    def save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Write the changes to disk, where the index is or at another path; readers see all of them or none.

        Raises:
            IndexBusyError: another process has changed the index since it was opened.
            IndexExistsError, IndexFolderError: the path can't be used.
        """
        self._index.save(None if path is None else check_path(path))

    def close(self) -> None:
        """Release files; unsaved changes are dropped. Nothing but `close` can be called after it."""
        if self._passages is not None:
            self._passages.close()
            self._passages = None

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Number of documents."""
        return self._index.counts[0]

    @property
    def document_ids(self) -> list[str]:
        """Ids in the order in which the documents were added."""
        return self._index.document_ids()

    @property
    def path(self) -> Path | None:
        """Folder of the index; None while it has none."""
        return self._index.path

    @property
    def generation(self) -> str | None:
        """Name of what was last opened or saved; another one means other content. None before the first save."""
        return self._index.generation

    @property
    def is_default(self) -> bool:
        """Whether this version of ragqa would build it with the same model and chunking when told nothing else."""
        return self._embedding.name == DEFAULT and self._index.chunking == ChunkSettings()

    @property
    def info(self) -> Mapping[str, Any]:
        """What the index is made of: counts, models, chunking, kind of vector index."""
        documents, passages = self._index.counts
        return {
            "documents": documents,
            "passages": passages,
            "embedding": f"{self._embedding.name} ({self._embedding.fingerprint})",
            "reader": self._reader.name,
            "vectors": self._index.vector_factory,
            **self._index.chunking.model_dump(),
        }

    def document(self, document_id: str) -> Document:
        """A document as it was indexed. Raises `UnknownDocumentError`."""
        return self._index.document(*check_ids([document_id]))

    def retrieve(self, question: str, k: int = 10) -> list[Retrieved]:
        """The k passages that match the question best, best first.

        Raises:
            InvalidQuestionError: see `ask`.
            InvalidArgumentError: k is not a positive integer.
        """
        check_question(question)
        k = check_count("k", k)
        return retrieve(self._index, [question], self._embed([question]), k)[0]

    def context(
        self,
        question: str,
        *,
        max_tokens: int = CONTEXT_TOKENS,
        top_k: int = TOP_K,
        min_confidence: float | None = None,
    ) -> Context:
        """What the documents hold on a question, as text for the prompt of a language model: whether they answer it,
        what they say and whether they disagree, and the passages, numbered and verbatim.

        Args:
            question: see `ask`.
            max_tokens: the text has no more, as the index's embedding model counts them; a language model's own count
                differs somewhat, so leave a margin. The least relevant passages are left out.
            top_k: passages that are read, and the most that are shown.
            min_confidence: see `ask`; claims below it are not shown either.

        Raises:
            InvalidQuestionError, InvalidArgumentError: see `ask`; also for a budget that can't hold one sentence.
        """
        max_tokens = check_count("max_tokens", max_tokens)
        check_question(question)
        calibration = self._calibrated(min_confidence)
        [(answer, found)] = self._answered([question], check_count("top_k", top_k), calibration)
        distinct = list({hit.passage.text: hit for hit in reversed(found)}.values())[::-1]  # the first of each text
        return compose(
            answer,
            distinct,
            self._index.document,
            self._embedding.count_tokens,
            max_tokens=max_tokens,
            min_confidence=calibration.min_confidence,
        )

    def ask(
        self,
        question: str,
        *,
        history: History = (),
        top_k: int = TOP_K,
        min_confidence: float | None = None,
    ) -> Answer:
        """Answer a question from the documents, or abstain.

        Args:
            question: at most 2,000 characters.
            history: the conversation so far, oldest turn first: answers, `Turn`s, earlier questions, or mappings with
                "question" and "answer". What the question leaves unsaid is carried over from the last 8 of them; the
                answer's `asked` and `carried` tell.
            top_k: passages that are read; copies of one count once.
            min_confidence: abstain below it; None for the value fitted with the reader.

        Raises:
            InvalidQuestionError: not a string, blank, or too long.
            InvalidArgumentError: top_k or min_confidence out of range, or history that is none.
        """
        check_question(question)
        asked, carried = put(question, history)
        answer = self.ask_many([asked], top_k=top_k, min_confidence=min_confidence)[0]
        return answer.model_copy(update={"question": question, "carried": carried}) if carried else answer

    def chat(self) -> Chat:
        """A conversation with these documents, in which a question may lean on those before it."""
        return Chat(self)

    def ask_many(
        self, questions: Iterable[str], *, top_k: int = TOP_K, min_confidence: float | None = None
    ) -> list[Answer]:
        """Answer many questions; the same answers as one by one, timings aside. Arguments and errors as for `ask`."""
        questions = check_questions(questions)
        top_k = check_count("top_k", top_k)
        calibration = self._calibrated(min_confidence)
        answers: list[Answer] = []
        for first in range(0, len(questions), ASK_BATCH):
            answered = self._answered(questions[first : first + ASK_BATCH], top_k, calibration)
            answers += [answer for answer, _ in answered]
        return answers

    def _calibrated(self, min_confidence: float | None) -> Calibration:
        """The reader's calibration, abstaining below the confidence that the caller asks for, if any."""
        if min_confidence is None:
            return self._calibration
        return self._calibration.model_copy(update={"min_confidence": check_share("min_confidence", min_confidence)})

    def _answered(
        self, questions: list[str], top_k: int, calibration: Calibration
    ) -> list[tuple[Answer, list[Retrieved]]]:
        """The answer to each question, and the passages that were read for it."""
        clock = Clock(len(questions))
        retrieved, spans = self._read(questions, top_k, clock.stage)
        resolved = [
            resolve(question, weigh(question, own, hits), hits, self._index.document, calibration)
            for question, own, hits in zip(questions, spans, retrieved, strict=True)
        ]
        timings = clock.finish("resolve")
        return [
            (_answer(question, resolution, calibration.min_confidence, timings), hits)
            for question, resolution, hits in zip(questions, resolved, retrieved, strict=True)
        ]

    def _read(
        self, questions: list[str], top_k: int = TOP_K, stage: Callable[[str], None] = lambda _: None
    ) -> tuple[list[list[Retrieved]], list[list[Span]]]:
        """The passages found for each question, and the reader's spans in them. `stage` is called after each stage."""
        vectors = self._embed(questions)
        stage("embed")
        retrieved = retrieve_distinct(self._index, questions, vectors, top_k)
        stage("retrieve")
        spans = self._reader.read(questions, [[hit.passage for hit in hits] for hits in retrieved])
        stage("read")
        return retrieved, spans

    @property
    def _index(self) -> PassageIndex:
        if self._passages is None:
            raise IndexClosedError("this index has been closed; open it again")
        return self._passages

    def _embed(self, questions: list[str]) -> NDArray[np.float32]:
        return self._vectors(self._embedding.embed_questions, questions)

    def _vectors(self, embed: Callable[[Sequence[str]], Any], texts: list[str]) -> NDArray[np.float32]:
        """Vectors of texts, checked, as the model may be the caller's.

        Raises:
            ModelError: they are not what `Embedding` says.
        """
        expected = (len(texts), self._index.embedding.dimension)
        try:
            vectors = np.asarray(embed(texts), dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise ModelError(f"embedding {self._embedding.name!r} gave no array of numbers ({error})") from error
        if vectors.shape != expected or not np.isfinite(vectors).all():
            raise ModelError(
                f"embedding {self._embedding.name!r} gave an array of shape {vectors.shape}; "
                f"{expected} is needed, of finite numbers"
            )
        return vectors

    @cached_property
    def _reader(self) -> Reader:
        return load_reader() if self._given_reader is None else self._given_reader

    @cached_property
    def _calibration(self) -> Calibration:
        return Calibration.load(getattr(self._reader, "folder", None))


def _answer(question: str, resolution: Resolution, min_confidence: float, timings: dict[str, float]) -> Answer:
    claims = resolution.claims
    confidence = claims[0].confidence if claims else 0.0
    answered = bool(claims) and confidence >= min_confidence
    return Answer(
        question=question,
        text=claims[0].text if answered else None,
        answered=answered,
        confidence=confidence,
        claims=claims,
        conflict=bool(resolution.rivals),
        rivals=resolution.rivals,
        citations=claims[0].citations if answered else (),
        timings=timings,
        asked=question,
    )
