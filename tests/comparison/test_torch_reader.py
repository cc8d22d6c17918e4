"""Readers that PyTorch runs, made at random and small: against transformers itself, and against their own exports."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Encoding, Tokenizer, models, normalizers, pre_tokenizers, processors

from ragqa.errors import ModelError
from ragqa.reader import ExtractiveReader, load_reader
from ragqa.schema import Passage
from ragqa.torch_encoder import TorchEncoder

WORDS = re.findall(r"\S+", "bob ann met the king of france and paid for a share in may ##ing who what when ? . , 1 2")
TEXT = "Bob met the king of France. Ann paid 12 for a share, in May. "
QUESTIONS = ["Who met the king?", "What was paid?", "When?"]
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Writes the folder of a small model of random weights: an architecture, and what is special about it."""
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")

    def make_folder(architecture: str = "Bert", head: str = "ForQuestionAnswering", **config: Any) -> Path:
        folder = tmp_path_factory.mktemp(architecture)
        letters = [chr(code) for code in range(97, 123)]
        vocabulary = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *letters, *(f"##{c}" for c in letters)])
        words = {word: i for i, word in enumerate(vocabulary)}
        tokenizer = Tokenizer(models.WordPiece(words, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        inputs = ["input_ids", "token_type_ids", "attention_mask"]
        fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=inputs, **special)
        fast.save_pretrained(folder)
        tokenizer.enable_truncation(4)  # as files of models often say; it is not for them to decide
        tokenizer.enable_padding(length=50)
        tokenizer.save(str(folder / "tokenizer.json"))
        torch.manual_seed(0)
        sizes = {
            "Bert": {"num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64},
            "DistilBert": {"n_layers": 2, "dim": 32, "n_heads": 2, "hidden_dim": 64},
        }[architecture]
        settings = getattr(transformers, f"{architecture}Config")(
            vocab_size=len(words), initializer_range=0.5, **sizes, **config
        )
        getattr(transformers, f"{architecture}{head}")(settings).save_pretrained(folder)
        return folder

    return make_folder


@pytest.fixture(scope="module")
def bert(make: Make) -> Path:
    return make()


def encode(encoder: TorchEncoder, *texts: str) -> list[Encoding]:
    return encoder.load_tokenizer().encode_batch([(QUESTIONS[0], text) for text in texts])


def passage(text: str, start: int = 0) -> Passage:
    return Passage(document_id="d", start=start, end=start + len(text), text=text)


def test_logits_are_those_of_transformers(bert: Path) -> None:
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(bert), AutoModelForQuestionAnswering.from_pretrained(bert).eval()
    with torch.inference_mode():
        expected = model(**tokenizer(QUESTIONS[0], TEXT, return_tensors="pt"))
    encoder = TorchEncoder(str(bert))
    ((start, end),) = encoder.run(encode(encoder, TEXT))
    assert start == pytest.approx(expected.start_logits[0].numpy(), abs=1e-6)
    assert end == pytest.approx(expected.end_logits[0].numpy(), abs=1e-6)


def test_the_question_and_the_text_are_told_apart(bert: Path) -> None:
    class OneSegment(TorchEncoder):
        def run(self, encodings: Any) -> Any:
            self._inputs = self._inputs - {"token_type_ids"}
            return super().run(encodings)

    told, not_told = (kind(str(bert)) for kind in (TorchEncoder, OneSegment))
    assert np.abs(told.run(encode(told, TEXT))[0][0] - not_told.run(encode(told, TEXT))[0][0]).max() > 0.01


def test_no_result_depends_on_what_else_is_in_the_batch(bert: Path) -> None:
    encoder = TorchEncoder(str(bert))
    encodings = encode(encoder, *(TEXT * n for n in (1, 5, 2, 1, 9)), "")
    for encoding, together in zip(encodings, encoder.run(encodings), strict=True):
        (alone,) = encoder.run([encoding])
        assert [logits.tobytes() for logits in together] == [logits.tobytes() for logits in alone]
        assert {logits.shape for logits in together} == {(len(encoding.ids),)}
    assert encoder.run([]) == []


def test_a_folder_is_a_reader(bert: Path) -> None:
    reader = load_reader(bert)
    assert isinstance(reader, ExtractiveReader)
    assert reader.name == str(reader.folder) == str(bert)
    lists = [[passage(TEXT, 5), passage(TEXT * 40, 100)]] * 3
    found = reader.read(QUESTIONS, lists)
    assert found == [reader.read([question], lists[:1])[0] for question in QUESTIONS]
    for spans in found:
        assert spans
        for span in spans:
            text, start = [(TEXT, 5), (TEXT * 40, 100)][span.rank]
            assert span.text == text[span.start - start : span.end - start]


def test_a_model_without_token_types_whose_tokenizer_gives_them(make: Make) -> None:
    assert load_reader(make("DistilBert")).read(QUESTIONS[:1], [[passage(TEXT)]])[0]


def test_a_model_with_a_short_window(make: Make) -> None:
    reader = load_reader(make(max_position_embeddings=64))
    (spans,) = reader.read(["who " * 90], [[passage(TEXT * 40)]])
    assert max(span.start for span in spans) > len(TEXT * 20)


@pytest.mark.parametrize("head", ["Model", "ForSequenceClassification"])
def test_a_model_without_the_trained_head_is_refused(make: Make, head: str) -> None:
    folder = make(head=head)
    with pytest.raises(ModelError, match=r"no trained qa_outputs.*choose a transformers question-answering model"):
        load_reader(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_refused(make: Make, name: str) -> None:
    folder = make()
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"reader '{folder}' can't be loaded by transformers"):
        load_reader(folder)


def test_a_folder_that_lacks_its_tokenizer_is_refused(make: Make) -> None:
    folder = make()
    for path in folder.glob("*token*"):
        path.unlink()
    with pytest.raises(ModelError, match="has no tokenizer of its own"):
        load_reader(folder)


def test_truncated_weights_are_refused(make: Make) -> None:
    path = make() / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match="can't be loaded"):
        load_reader(path.parent)


def test_nothing_is_drawn_on_the_screen(bert: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_reader(bert).read(QUESTIONS[:1], [[passage(TEXT)]])
    assert capfd.readouterr() == ("", "")
