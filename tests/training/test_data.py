"""The scripts of training/: what goes into the models."""

from __future__ import annotations

import json
import random
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

TRAINING = Path(__file__).parents[2] / "training"


@pytest.fixture(scope="module", autouse=True)
def scripts() -> Any:
    sys.path.insert(0, str(TRAINING))
    yield
    sys.path.remove(str(TRAINING))


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    """Two articles of a cluster that disagree, and one that stands alone."""
    asked = [("Who won?", "who"), ("Who lost?", "who")]
    texts = {"a": ("Ann won.", ["Ann"], []), "b": ("Bob won against Cid.", ["Bob"], ["Cid"])}
    path = tmp_path / "own.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for name, (context, *answers) in texts.items():
            qas = [{"question": q, "answers": a, "kind": k} for (q, k), a in zip(asked, answers, strict=True)]
            file.write(json.dumps({"id": name, "topic": "t", "cluster": "c", "context": context, "qas": qas}) + "\n")
        alone = {"question": "How many?", "answers": ["12"], "kind": "how-many"}
        file.write(json.dumps({"id": "x", "topic": "t", "context": "In 2012 there were 12.", "qas": [alone]}) + "\n")
    return path


def test_the_split_never_moves() -> None:
    from data import split_of

    splits = [split_of(f"paragraph {i}") for i in range(2000)]
    assert split_of("paragraph 13") == split_of(" paragraph\n13 ") == splits[13] == "dev"
    assert 0.05 < splits.count("dev") / len(splits) < 0.11
    assert [i for i, split in enumerate(splits[:60]) if split == "dev"] == [0, 13, 15, 27, 33, 39]


def test_an_answer_is_a_word_of_its_own() -> None:
    from data import span_of

    assert span_of("12", "In 2012 there were 12.") == (19, 21)
    assert span_of("01", "In 2012") == (4, 6)  # stands nowhere as a word
    assert span_of("$5", "It cost $5.") == (8, 10)


def test_articles_of_a_cluster_are_siblings_in_one_split(cluster: Path) -> None:
    from data import own_examples, split_of

    examples = list(own_examples(cluster))
    assert len(examples) == 5
    assert {example["split"] for example in examples if example["cluster"]} == {split_of("c")}
    first = next(e for e in examples if e["question"] == "Who won?" and e["context"] == "Ann won.")
    assert first["answers"] == [[0, 3]]
    assert first["siblings"] == [["Bob won against Cid.", [[0, 3]]]]


def test_negatives_neither_answer_nor_belong_to_the_cluster(cluster: Path) -> None:
    from data import add_negatives, own_examples

    examples = list(own_examples(cluster))
    add_negatives(examples)
    for example in examples:
        golds = [example["context"][start:end] for start, end in example["answers"]]
        assert bool(golds) or not example["negatives"]
        assert not any(gold in text for gold in golds for text in example["negatives"])
        if example["cluster"]:
            assert set(example["negatives"]) <= {"In 2012 there were 12."}


def test_every_set_is_sound() -> None:
    for path in sorted((TRAINING / "data").glob("*.jsonl")):
        ids = set()
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            assert record["id"] not in ids, record["id"]
            ids.add(record["id"])
            for qa in record["qas"]:
                assert qa["question"].strip()
                assert all(answer and answer in record["context"] for answer in qa["answers"]), (record["id"], qa)


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    path = tmp_path / "public" / "p.json"
    path.parent.mkdir()
    qas = [{"question": "Who won?", "answers": [{"text": "Ann", "answer_start": 0}]}]
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": "Ann  won.", "qas": qas}]}]}), "utf-8")
    return path


def asked(path: Path, paragraph: str) -> Path:
    qas = [{"question": "Did Ann lose?", "answers": []}, {"question": "What did Ann do?", "answers": [[5, 8]]}]
    path.write_text(json.dumps({"paragraph": paragraph, "qas": qas}) + "\n", "utf-8")
    return path


def test_questions_asked_of_public_paragraphs_find_them(squad: Path, tmp_path: Path) -> None:
    from data import asked_examples, digest_of

    path = asked(tmp_path / "more.jsonl", digest_of("Ann won.")[:12])
    found = list(asked_examples([path], [squad]))
    assert [(e["source"], e["context"], e["question"], e["answers"]) for e in found] == [
        ("asked/more", "Ann  won.", "Did Ann lose?", []),
        ("asked/more", "Ann  won.", "What did Ann do?", [[5, 8]]),
    ]


def test_a_paragraph_that_is_not_there_is_an_error(squad: Path, tmp_path: Path) -> None:
    from data import asked_examples

    with pytest.raises(SystemExit, match="paragraph 0123 is in none"):
        list(asked_examples([asked(tmp_path / "more.jsonl", "0123")], [squad]))


def test_every_asked_set_is_sound() -> None:
    from data import DEVELOPMENT_PERCENT, DIGEST

    for path in sorted((TRAINING / "data" / "asked").glob("*.jsonl")):
        seen = set()
        for record in map(json.loads, path.read_text("utf-8").splitlines()):
            assert len(record["paragraph"]) == DIGEST
            assert int(record["paragraph"][:8], 16) % 100 >= DEVELOPMENT_PERCENT  # none of the development split
            assert record["paragraph"] not in seen
            seen.add(record["paragraph"])
            for qa in record["qas"]:
                assert qa["question"].strip()
                assert all(0 <= start < end for start, end in qa["answers"])
        assert len(seen) > 100


def test_a_file_of_examples_says_how_often_it_is_shown(tmp_path: Path) -> None:
    from train_reader import read_examples

    path = tmp_path / "e.jsonl"
    path.write_text('{"split": "train", "question": "a"}\n{"split": "dev", "question": "b"}\n', "utf-8")
    assert read_examples(str(path)) == [{"split": "train", "question": "a", "times": 1.0}]
    assert read_examples(f"{path}=0.25") == [{"split": "train", "question": "a", "times": 0.25}]


def test_a_cloze_asks_for_a_span_of_another_sentence() -> None:
    from cloze import clozes

    context = "Ann Lee founded Harrow Mills. It closed in 1950. In the end Harrow Mills was sold."
    (made,) = clozes(context, random.Random(0))
    assert made["question"] == "In the end [MASK] was sold."
    assert made["context"] == "Ann Lee founded Harrow Mills. It closed in 1950. "
    assert [made["context"][start:end] for start, end in made["answers"]] == ["Harrow Mills"]
    assert not list(clozes("Nothing stands twice. Here it does not.", random.Random(0)))


def test_a_checkpoint_restores_every_part_and_the_step(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    import checkpoints

    one, other, path = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1), tmp_path / "checkpoint.pt"
    assert checkpoints.restore(path, "cpu", model=other) == 0
    checkpoints.save(path, 7, model=one)
    assert checkpoints.restore(path, "cpu", model=other) == 7
    assert torch.equal(one.weight, other.weight)
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]


class TestReading:
    """train_reader.py"""

    @pytest.fixture
    def encoder(self) -> Any:
        from train_reader import Encoder

        from ragqa.reader import SHIPPED

        return Encoder(SHIPPED, 32)

    def test_targets_are_where_the_answers_are(self, encoder: Any) -> None:
        context = "Bob met Ann in Paris."
        ids, types, starts, ends = encoder.window("Where?", context, [[15, 20], [8, 20]], random.Random(0))
        tokens = [encoder.tokenizer.id_to_token(i) for i in ids]
        assert {tokens[i]: share for i, share in starts.items()} == {"paris": 0.5, "ann": 0.5}
        assert {tokens[i]: share for i, share in ends.items()} == {"paris": 1.0}
        assert types[tokens.index("bob")] == 1

    def test_without_an_answer_the_target_is_the_null_span(self, encoder: Any) -> None:
        _, _, starts, ends = encoder.window("Where?", "Bob met Ann.", [], random.Random(0))
        assert starts == ends == {0: 1.0}

    def test_of_a_long_passage_a_window_that_holds_the_answer(self, encoder: Any) -> None:
        context = "word " * 100 + "Paris " + "word " * 100
        ids, _, starts, _ = encoder.window("Where?", context, [[500, 505]], random.Random(0))
        assert [encoder.tokenizer.id_to_token(ids[i]) for i in starts] == ["paris"]

    def test_batches_keep_the_passages_of_a_question_together(self, encoder: Any) -> None:
        from train_reader import batches

        groups = [(f"question {i}", [("Bob met Ann.", []), ("Nobody met anyone.", [])]) for i in range(50)]
        cut = list(batches(groups, encoder, 8, random.Random(0)))
        assert sum(len(batch) for batch in cut) == 50
        assert {len(group) for batch in cut for group in batch} == {2}
        assert {sum(map(len, batch)) for batch in cut} <= {8, 4}

    def test_an_epoch_draws_negatives_and_siblings(self) -> None:
        from train_reader import epoch_items

        options = Namespace(negatives=1.0)
        public = {"source": "p", "question": "q", "context": "c", "answers": [[0, 1]], "negatives": ["n"], "times": 1.0}
        own = {**public, "times": 2.0, "siblings": [["s", [[0, 1]]]]}
        groups = epoch_items([public, own], options, random.Random(0))
        assert sorted(groups) == [
            ("q", [("c", [[0, 1]]), ("n", [])]),
            ("q", [("c", [[0, 1]]), ("s", [[0, 1]])]),
            ("q", [("c", [[0, 1]]), ("s", [[0, 1]])]),
        ]

    def test_the_shared_loss_is_one_choice_among_all_windows_of_a_question(self) -> None:
        torch = pytest.importorskip("torch")
        from train_reader import shared_loss

        logits = torch.tensor([[1.0, 3.0, 0.0], [0.5, 0.5, 2.5], [0.0, 1.0, 1.0]])
        target = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
        first = torch.logsumexp(torch.tensor([2.0, -1.0, 0.0, 2.0, 0.0]), 0) - 2.0  # the last is "none of them"
        second = torch.logsumexp(torch.tensor([1.0, 1.0, 0.0]), 0)
        assert shared_loss(logits, target, [2, 1]) == pytest.approx(float((first + second) / 2))
