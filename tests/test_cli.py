"""The command line: exit codes, what goes to which stream, and how it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from ragqa import Answer, Document, Index
from ragqa.cli import main

WHO = "Who founded Scale AI?"
Build = Callable[..., Index]


class Done(NamedTuple):
    code: int
    out: str
    err: str


Ragqa = Callable[..., Done]


@pytest.fixture
def ragqa(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Ragqa:
    """Run the command in this process."""

    def run(*arguments: str | Path, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["ragqa", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsysbinary.readouterr()
        return Done(int(ended.value.code or 0), out.decode(), err.decode())

    return run


def spawn(*arguments: str | Path, **options: object) -> subprocess.Popen[bytes]:
    """Run `python -m ragqa` as a shell would, all streams being pipes."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, "-m", "ragqa", *map(str, arguments)]
    return subprocess.Popen(command, **{**pipes, **options})  # type: ignore[call-overload, no-any-return]


def refused(done: Done, *said: str) -> None:
    """Bad input: one line on stderr, nothing on stdout, code 2."""
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    for words in said:
        assert words in done.err


class TestAsk:
    def test_answered_is_0_and_abstained_is_1(self, ragqa: Ragqa, seeds: Index) -> None:
        answered = ragqa("ask", WHO, "--index", str(seeds.path), "--min-confidence", "0")
        assert (answered.code, answered.err) == (0, "")
        abstained = ragqa(
            "ask", "What is the boiling point of tungsten?", "--index", str(seeds.path), "--min-confidence", 1
        )
        assert (abstained.code, abstained.err) == (1, "")
        assert "don't say" in abstained.out
        assert "don't say" not in answered.out

    def test_shows_where_it_stands_on_unbroken_lines(self, ragqa: Ragqa, seeds: Index) -> None:
        done = ragqa("ask", WHO, "--index", str(seeds.path), "--min-confidence", "0")
        answer = seeds.ask(WHO, min_confidence=0)
        assert done.out.startswith(f"{answer.text}   confidence {answer.confidence:.2f}\n")
        for citation in answer.citations:
            assert f"{citation.document_id}:{citation.line}  {citation.title}\n" in done.out
            assert " ".join(citation.sentence.split()) in [" ".join(line.split()) for line in done.out.split("\n")]

    def test_json_is_one_answer_and_nothing_else(self, ragqa: Ragqa, seeds: Index) -> None:
        done = ragqa("ask", WHO, "--index", str(seeds.path), "--json", "--top-k", "2", "--min-confidence", "0")
        answer = Answer.model_validate_json(done.out)
        assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
        expected = seeds.ask(WHO, top_k=2, min_confidence=0)
        assert answer.model_copy(update={"timings": {}}) == expected.model_copy(update={"timings": {}})
        assert ragqa("ask", WHO, "--index", str(seeds.path), "--json", "--min-confidence", "1").code in (0, 1)

    def test_a_corpus_or_the_one_that_ships(self, ragqa: Ragqa, tmp_path: Path, seeds_folder: Path) -> None:
        (tmp_path / "king.txt").write_text("Bob is the king of France.")
        (tmp_path / "broken.pdf").write_bytes(b"%PDF-")
        done = ragqa("ask", "Who is the king?", "--corpus", tmp_path, "--json", "--min-confidence", "0")
        answer = Answer.model_validate_json(done.out)
        assert answer.citations[0].document_id == "king.txt"
        assert done.err.startswith("skipped ")
        assert "broken.pdf" in done.err
        shipped = Answer.model_validate_json(ragqa("ask", WHO, "--json", "--min-confidence", "0").out)
        assert shipped.citations[0].document_id in {path.name for path in seeds_folder.iterdir()}

    def test_documents_can_not_steer_the_terminal(self, ragqa: Ragqa, build: Build, tmp_path: Path) -> None:
        evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r"
        document = Document(id=f"a{evil}b", title=f"T{evil}", text=f"{evil}Bob{evil} is the king{evil} of France.\n")
        build(document, path=tmp_path / "my.index")
        done = ragqa("ask", "Who is the king of France?", "--index", tmp_path / "my.index", "--min-confidence", "0")
        assert "king" in done.out
        assert done.out.count("owned") >= 3
        for text in (done.out, ragqa("ask", "Who?", "--index", tmp_path / f"{evil}.index").err):
            assert [c for c in text if not (c.isprintable() or c == "\n")] == []

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
    def test_json_is_utf8_and_text_never_fails_in_any_locale(self, build: Build, tmp_path: Path, encoding: str) -> None:
        build(("ő→", "“Bőb” is the king of France → €."), path=tmp_path / "my.index")
        ask = ["ask", "Who is the king of France?", "--index", tmp_path / "my.index", "--min-confidence", "0"]
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        if encoding == "ascii":
            out, err = spawn(*ask, env=environment).communicate()
            assert b"is the king" in out
        else:
            out, err = spawn(*ask, "--json", env=environment).communicate()
            assert "“Bőb” is the king of France → €." in json.loads(out)["citations"][0]["sentence"]
        assert err == b""


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["ask", ""], "question is empty"),
            (["ask", " \n"], "question is empty"),
            (["ask", "x" * 100_000], "100,000 characters"),
            (["ask", "Who \udcff?"], "surrogate"),
            (["ask", "Who?", "--top-k", "0"], "top_k: 0"),
            (["ask", "Who?", "--top-k", "-3"], "top_k: -3"),
            (["ask", "Who?", "--min-confidence", "1.5"], "min_confidence: 1.5"),
            (["ask", "Who?", "--min-confidence", "nan"], "min_confidence: nan"),
            (["ask", "Who?", "--index", "a", "--corpus", "b"], "not both"),
            (["ask", "Who?", "--index", "missing"], "no index there"),
            (["ask", "Who?", "--corpus", "missing"], "missing"),
            (["ask", "Who?", "--corpus", "empty"], "nothing to read"),
            (["ask", "Who?", "--corpus", "bad.jsonl"], "bad.jsonl: line 2"),
            (["ask", "Who?", "--corpus", "cut.pdf"], "cut.pdf"),
            (["chat", "--index", "missing"], "no index there"),
            (["index", "missing", "-o", "new"], "missing"),
            (["index", "twice.jsonl", "-o", "new"], "same"),
            (["index", "good.txt", "-o", "folder"], "choose another path"),
            (["index", "good.txt", "-o", "good.txt"], "choose another path"),
            (["index", "good.txt", "-o", "good.txt/new"], "new"),
            (["eval", "--questions", "missing"], "missing"),
            (["eval", "--questions", "bad.jsonl"], "bad.jsonl, line 1"),
            (["eval", "--questions", "questions.jsonl", "--index", "a", "--corpus", "b"], "not both"),
            (["eval", "--questions", "questions.jsonl", "--json", "missing/report.json"], "missing/report.json"),
            (["eval", "--questions", "questions.jsonl", "--corpus", "good.txt", "--json", "folder"], "folder"),
            (["eval", "--questions", "questions.jsonl", "--html", "missing/report.html"], "missing/report.html"),
            (["eval", "--questions", "questions.jsonl", "--html", "folder"], "is a folder"),
            (["eval", "--questions", "questions.jsonl", "--json", "out", "--html", "out"], "two files"),
        ],
        ids=lambda value: " ".join(value)[:40].encode("ascii", "replace").decode() if isinstance(value, list) else "",
    )
    def test_is_refused(
        self, ragqa: Ragqa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "empty").mkdir()
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "notes.txt").write_text("mine")
        (tmp_path / "good.txt").write_text("Bob is the king.")
        (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj")
        (tmp_path / "bad.jsonl").write_text('{"id": "a", "text": "A."}\n{"id"\n')
        (tmp_path / "twice.jsonl").write_text('{"id": "same", "text": "A."}\n{"id": "same", "text": "B."}\n')
        question = {"id": "1", "question": "Who?", "answers": [], "unanswerable": True, "tags": []}
        (tmp_path / "questions.jsonl").write_text(json.dumps(question))
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        done = ragqa(*arguments)
        refused(done, said)
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before

    def test_a_damaged_index_is_refused(self, ragqa: Ragqa, build: Build, tmp_path: Path) -> None:
        build(("a", "A."), path=tmp_path / "my.index")
        for path in (tmp_path / "my.index").rglob("*.faiss"):
            path.write_bytes(b"")
        refused(ragqa("ask", "Who?", "--index", tmp_path / "my.index"), "vectors.faiss", "build it again")

    @pytest.mark.parametrize(
        "arguments",
        [
            ["ask"],
            ["nonsense"],
            ["ask", "Who?", "--nonsense"],
            ["ask", "Who?", "--top-k", "many"],
            ["ask", "Who?", "--corpus", ""],
            ["ask", "Who?", "--index", ""],
            ["index", "", "-o", "new"],
            ["index", "docs", "-o", ""],
            ["index", "docs"],
            ["eval", "--questions", ""],
        ],
        ids=" ".join,
    )
    def test_wrong_usage_is_2_on_stderr(self, ragqa: Ragqa, arguments: list[str]) -> None:
        done = ragqa(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "Usage" in done.err
        assert "Traceback" not in done.err


def test_help_of_every_command(ragqa: Ragqa) -> None:
    commands = ("index", "ask", "chat", "serve", "eval", "mcp")
    top = ragqa("--help")
    assert top.code == 0
    assert all(command in top.out for command in commands)
    for command in commands:
        done = ragqa(command, "--help")
        assert (done.code, done.err) == (0, "")
        assert f"ragqa {command}" in done.out
    assert ragqa().code == 2


def test_index_then_ask_then_chat(ragqa: Ragqa, seeds_folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "my.index"
    made = ragqa("index", seeds_folder, "-o", index)
    assert (made.code, made.out) == (0, "")
    assert "5 documents" in made.err
    asked = ragqa("ask", WHO, "--index", index, "--min-confidence", "0").out
    questions = f"{WHO}\n\n   \n{'x' * 3000}\n\xff{WHO}".encode("latin-1") + f"\n{WHO}".encode()
    chatted = ragqa("chat", "--index", index, stdin=questions)
    assert chatted.code == 0
    assert chatted.out.count(asked) == 2  # the last line, without a line feed, counts
    first, second = chatted.err.splitlines()
    assert first.startswith("error: the question has 3,000 characters")
    assert second.startswith("error: the question holds half a character")


def test_chat_carries_over_until_told_to_begin_anew(ragqa: Ragqa, seeds: Index) -> None:
    questions = f"{WHO}\nwho runs it?\n/new\nwho runs it?\n".encode()
    chatted = ragqa("chat", "--index", str(seeds.path), stdin=questions)
    assert (chatted.code, chatted.err) == (0, "")
    assert chatted.out.count("Asked: who runs Scale AI?\n") == chatted.out.count("Asked: ") == 1


def test_eval_prints_tables_and_writes_json_and_a_page(ragqa: Ragqa, seeds: Index, tmp_path: Path) -> None:
    question = {"id": "1", "question": "Who?", "answers": [], "unanswerable": True, "tags": ["none"]}
    (tmp_path / "questions.jsonl").write_text(json.dumps(question))
    given = ["--questions", tmp_path / "questions.jsonl", "--json", tmp_path / "report.json"]
    given += ["--html", tmp_path / "report.html"]
    done = ragqa("eval", "--index", str(seeds.path), *given)
    assert (done.code, done.err) == (0, "")
    assert "recall@5" in done.out
    assert "Confidence by tag" in done.out
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["figures"]
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<h1>Evaluation on 1 questions</h1>" in page
    assert "ragqa eval --index" in page
    assert {path.name for path in tmp_path.iterdir()} == {"questions.jsonl", "report.json", "report.html"}


class TestAsAProcess:
    def test_python_m_with_a_huge_top_k(self, seeds: Index) -> None:
        process = spawn("ask", WHO, "--index", str(seeds.path), "--json", "--top-k", 10**18, "--min-confidence", "0")
        out, err = process.communicate()
        assert (process.returncode, err) == (0, b"")
        assert json.loads(out)["answered"]

    @pytest.mark.parametrize("options", [[], ["--json"]])
    def test_a_reader_that_has_gone_is_no_error(self, seeds: Index, options: list[str]) -> None:
        read, write = os.pipe()
        os.close(read)
        process = spawn("ask", WHO, "--index", str(seeds.path), "--min-confidence", "0", *options, stdout=write)
        os.close(write)
        _, err = process.communicate()
        assert (process.returncode, err) == (0, b"")

    def test_chat_ends_when_nobody_listens(self, seeds: Index) -> None:
        process = spawn("chat", "--index", str(seeds.path))
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{WHO}\n".encode())
        process.stdin.flush()
        assert process.stdout.readline()
        process.stdout.close()
        process.stdin.write(f"{WHO}\n".encode() * 2)
        process.stdin.flush()  # and the input stays open
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
    def test_ctrl_c_ends_quietly(self, seeds: Index) -> None:
        def heed() -> None:  # tests that run in the background ignore it, and so would their children
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        process = spawn("chat", "--index", str(seeds.path), preexec_fn=heed)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{WHO}\n".encode())
        process.stdin.flush()
        assert process.stdout.readline()  # it is up, and about to wait for the next line
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
        assert (process.returncode, err) == (130, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk_is_one_line(self, seeds: Index) -> None:
        with Path("/dev/full").open("wb") as full:
            process = spawn("ask", WHO, "--index", str(seeds.path), stdout=full)
            _, err = process.communicate()
        refused(Done(process.returncode, "", err.decode()), "No space left")

    @pytest.mark.skipif(os.name == "nt", reason="a shell of Windows closes no streams")
    def test_closed_streams_are_no_error(self, seeds: Index) -> None:
        for command in (
            f"ask '{WHO}' --index '{seeds.path}' --min-confidence 0 >&- 2>&-",
            f"chat --index '{seeds.path}' <&-",
        ):
            assert subprocess.run(f"'{sys.executable}' -m ragqa {command}", shell=True, check=False).returncode == 0
