from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragqa.checksums import file_sha256
from ragqa.embedding.onnx import SHIPPED as EMBEDDING
from ragqa.encoder import MODEL_FILE, OnnxEncoder
from ragqa.errors import ModelError
from ragqa.reader import SHIPPED as READER

TEXTS = ["Bob.", "a much longer text than the other one " * 8, "", "東京 🎉", "of middle length, this one is"]


def outputs(encoder: OnnxEncoder, *texts: str) -> list[list[bytes]]:
    """The exact bits of all outputs for each text."""
    encodings = encoder.load_tokenizer().encode_batch(list(texts))
    return [[array.tobytes() for array in arrays] for arrays in encoder.run(encodings)]


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder(READER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the reader's folder, to be damaged."""
    return shutil.copytree(READER, tmp_path / "damaged")


class TestResults:
    def test_one_output_for_each_encoding_in_order(self, encoder: OnnxEncoder) -> None:
        encodings = encoder.load_tokenizer().encode_batch(TEXTS)
        for encoding, (start, end) in zip(encodings, encoder.run(encodings), strict=True):
            assert start.shape == end.shape == (len(encoding.ids),)
            assert start.dtype == end.dtype == np.float32
        assert encoder.run([]) == []

    @pytest.mark.parametrize("model", [READER, EMBEDDING], ids=["reader", "embedding"])
    def test_no_result_depends_on_what_else_is_in_the_batch(self, model: Path) -> None:
        encoder = OnnxEncoder(model)
        alone = [outputs(encoder, text)[0] for text in TEXTS]
        assert len({tuple(bits) for bits in alone}) == len(TEXTS)
        assert outputs(encoder, *TEXTS) == alone
        assert outputs(encoder, *TEXTS[::-1] * 3) == alone[::-1] * 3

    @given(texts=st.lists(st.text(max_size=80), min_size=1, max_size=5))
    @settings(max_examples=25)
    def test_nor_do_those_of_any_texts(self, encoder: OnnxEncoder, texts: list[str]) -> None:
        assert outputs(encoder, *texts) == [outputs(encoder, text)[0] for text in texts]

    def test_many_threads_at_once(self) -> None:
        encoder = OnnxEncoder(READER)  # none has loaded it yet
        with ThreadPoolExecutor(12) as pool:
            results = list(pool.map(lambda i: outputs(encoder, *TEXTS[i % 5 :]), range(36)))
        alone = [outputs(encoder, text)[0] for text in TEXTS]
        assert results == [alone[i % 5 :] for i in range(36)]

    def test_another_process_computes_the_same(self, encoder: OnnxEncoder) -> None:
        code = (
            "import sys, hashlib; from pathlib import Path; from ragqa.encoder import OnnxEncoder\n"
            "encoder = OnnxEncoder(Path(sys.argv[1]))\n"
            "runs = encoder.run(encoder.load_tokenizer().encode_batch(sys.argv[2:]))\n"
            "print(hashlib.sha256(b''.join(a.tobytes() for run in runs for a in run)).hexdigest())\n"
            "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
        )
        here = hashlib.sha256(b"".join(bits for run in outputs(encoder, *TEXTS) for bits in run)).hexdigest()
        command = [sys.executable, "-c", code, str(READER), *TEXTS]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == here


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
class TestFork:
    def test_a_child_can_use_what_its_parent_used(self, encoder: OnnxEncoder) -> None:
        expected = outputs(encoder, *TEXTS)  # starts the threads, which the child will not have
        context = multiprocessing.get_context("fork")
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=lambda: sender.send(outputs(encoder, *TEXTS)))
        child.start()
        try:
            assert receiver.poll(60), "the child hangs"
            assert receiver.recv() == expected
        finally:
            child.kill()
            child.join()
        assert outputs(encoder, *TEXTS) == expected

    def test_a_child_ends_by_itself(self) -> None:
        code = (
            "import os, sys; from pathlib import Path; from ragqa.encoder import OnnxEncoder\n"
            "encoder = OnnxEncoder(Path(sys.argv[1]))\n"
            "encodings = encoder.load_tokenizer().encode_batch(['a', 'b c'])\n"
            "encoder.run(encodings); child = os.fork(); encoder.run(encodings)\n"
            "if child: sys.exit(os.waitpid(child, 0)[1])"
        )
        subprocess.run([sys.executable, "-c", code, str(READER)], check=True, timeout=60, capture_output=True)


class TestFolder:
    @pytest.mark.parametrize("model", [READER, EMBEDDING], ids=["reader", "embedding"])
    def test_the_recorded_fingerprint_is_that_of_the_weights(self, model: Path, tmp_path: Path) -> None:
        encoder = OnnxEncoder(model)
        assert encoder.fingerprint == file_sha256(model / MODEL_FILE)[:16]
        copy = shutil.copytree(model, tmp_path / "copy")
        (copy / "fingerprint.txt").unlink()
        assert OnnxEncoder(copy).fingerprint == encoder.fingerprint

    def test_a_tokenizer_of_one_s_own_neither_cuts_nor_pads(self, encoder: OnnxEncoder, folder: Path) -> None:
        tokenizer = encoder.load_tokenizer()
        tokenizer.enable_truncation(4)
        tokenizer.enable_padding(length=9)
        tokenizer.save(str(folder / "tokenizer.json"))
        for loaded in (encoder.load_tokenizer(), OnnxEncoder(folder).load_tokenizer()):
            assert [len(encoding.ids) for encoding in loaded.encode_batch(["word " * 600, "word"])] == [602, 3]

    @pytest.mark.parametrize("name", ["tokenizer.json", MODEL_FILE.as_posix()])
    def test_a_missing_file(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        with pytest.raises(ModelError, match=f"^{re.escape(str(folder))}: no {name} there"):
            OnnxEncoder(folder)

    def test_a_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"nowhere: no tokenizer\.json there"):
            OnnxEncoder(tmp_path / "nowhere")

    @pytest.mark.parametrize(
        "damage",
        [lambda data: data[: len(data) // 2], lambda _: b"", lambda _: b"no graph", lambda data: data[1000:]],
        ids=["truncated", "empty", "other", "beheaded"],
    )
    def test_a_damaged_graph(self, folder: Path, damage: Callable[[bytes], bytes]) -> None:
        path = folder / MODEL_FILE
        path.write_bytes(damage(path.read_bytes()))
        for _ in range(2):
            with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: onnxruntime can't load it"):
                outputs(OnnxEncoder(folder), "Bob.")

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"model": {"type": "Unheard"}}', "\x00"])
    def test_a_damaged_tokenizer(self, folder: Path, content: str) -> None:
        path = folder / "tokenizer.json"
        path.write_text(content)
        with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: not a tokenizer"):
            OnnxEncoder(folder).load_tokenizer()

    @pytest.mark.parametrize("versions", [{"opset": 999}, {"ir": 999}], ids=["opset", "ir"])
    def test_a_graph_of_a_newer_format(self, folder: Path, versions: dict[str, int]) -> None:
        write_sum(folder / MODEL_FILE, ["input_ids", "attention_mask"], **versions)
        with pytest.raises(ModelError, match=r"(?s)onnxruntime can't load it .*re-make it with"):
            outputs(OnnxEncoder(folder), "Bob.")

    @pytest.mark.parametrize(("kept", "known"), [(28_996, False), (29_700, True), (0, False)])
    def test_a_tokenizer_of_another_size(self, folder: Path, kept: int, known: bool) -> None:
        """28,996 is what BERT's cased sibling has: every id would be in range, and every vector wrong."""
        path = folder / "tokenizer.json"
        content = json.loads(path.read_text("utf-8"))
        words = sorted(content["model"]["vocab"].items(), key=lambda item: item[1])[:kept]
        content["model"]["vocab"] = dict(words)
        content["added_tokens"] = []
        content["post_processor"] = None
        path.write_text(json.dumps(content), "utf-8")
        if known:
            assert OnnxEncoder(folder).load_tokenizer().get_vocab_size() == kept
            return
        with pytest.raises(ModelError, match=rf"of another model, it has {kept:,} tokens and config\.json 30,522"):
            OnnxEncoder(folder).load_tokenizer()

    def test_a_folder_without_a_configuration(self, folder: Path) -> None:
        (folder / "config.json").unlink()
        assert outputs(OnnxEncoder(folder), "Bob.") == outputs(OnnxEncoder(READER), "Bob.")

    @pytest.mark.parametrize("inputs", [["pixel_values"], ["input_ids", "position_ids"], ["attention_mask"]])
    def test_a_graph_of_another_architecture(self, folder: Path, inputs: list[str]) -> None:
        write_sum(folder / MODEL_FILE, inputs)
        with pytest.raises(ModelError, match=f"{MODEL_FILE.name}: not a text encoder, it reads .*{inputs[-1]}"):
            outputs(OnnxEncoder(folder), "Bob.")

    def test_a_graph_may_do_without_token_types(self, folder: Path) -> None:
        write_sum(folder / MODEL_FILE, ["input_ids", "attention_mask"])
        ((bits,),) = outputs(OnnxEncoder(folder), "Bob.")
        ids = OnnxEncoder(folder).load_tokenizer().encode("Bob.").ids
        assert np.frombuffer(bits, np.int64).tolist() == [i + 1 for i in ids]

    def test_a_graph_is_fed_what_it_asks_for(self, folder: Path) -> None:
        write_sum(folder / MODEL_FILE, ["input_ids", "attention_mask", "token_type_ids"])
        encoder = OnnxEncoder(folder)
        encoding = encoder.load_tokenizer().encode("Who?", "Bob.")
        ((total,),) = encoder.run([encoding])
        assert total.tolist() == [i + 1 + kind for i, kind in zip(encoding.ids, encoding.type_ids, strict=True)]
        assert set(encoding.type_ids) == {0, 1}

    def test_a_tokenizer_of_another_model(self, folder: Path) -> None:
        path = folder / "tokenizer.json"
        content = json.loads(path.read_text("utf-8"))
        content["model"]["vocab"]["bob"] = 999_999
        path.write_text(json.dumps(content), "utf-8")
        with pytest.raises(ModelError, match=f"{MODEL_FILE.name}: onnxruntime can't run it"):
            outputs(OnnxEncoder(folder), "Bob.", "Ann.")


def write_sum(path: Path, inputs: list[str], *, opset: int = 17, ir: int = 8) -> None:
    """A graph that adds up its inputs."""
    onnx = pytest.importorskip("onnx")
    make, kind = onnx.helper, onnx.TensorProto.INT64
    declared = [make.make_tensor_value_info(name, kind, ["batch", "sequence"]) for name in inputs]
    output = make.make_tensor_value_info("total", kind, ["batch", "sequence"])
    nodes, total = [], inputs[0]
    for i, name in enumerate(inputs[1:]):
        nodes.append(make.make_node("Add", [total, name], [f"sum{i}"]))
        total = f"sum{i}"
    nodes.append(make.make_node("Identity", [total], ["total"]))
    graph = make.make_graph(nodes, "sum", declared, [output])
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", opset)], ir_version=ir)
    path.write_bytes(model.SerializeToString())
