"""The command line: a thin door onto the public API.

Exit codes: 0 answered, 1 abstained (`ask` only), 2 bad input. Answers go to stdout, everything else to stderr.
"""

from __future__ import annotations

import contextlib
import io
import shlex
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

import ragqa
from ragqa.errors import InvalidArgumentError, RagqaError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from ragqa.pipeline import Progress
    from ragqa.schema import Answer, Citation

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Answers questions from your documents and proves every answer.",
)


def _path(text: str) -> Path:
    """A path as typed. "" would be the current folder, which nobody means who writes `--corpus "$UNSET"`."""
    if not text:
        raise typer.BadParameter("the path is empty")
    return Path(text)


PATH: Any = {"parser": _path, "metavar": "PATH"}
IndexOption = Annotated[Path | None, typer.Option("--index", help="Folder made by `ragqa index`.", **PATH)]
CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", help="Folder, file or JSONL; its index is built once and kept.", **PATH)
]
TopKOption = Annotated[int, typer.Option("--top-k", help="Passages to read.")]
MinimumOption = Annotated[float | None, typer.Option("--min-confidence", help="Abstain below this, 0 to 1.")]


@app.command()
def index(
    source: Annotated[Path, typer.Argument(help="Folder (recursive), file or JSONL.", **PATH)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the index; an old index there is replaced.", **PATH)
    ],
    embedding: Annotated[
        str | None, typer.Option(help="A sentence-transformers model, by name or folder; default: the one that ships.")
    ] = None,
) -> None:
    """Index documents into a folder that can be moved and opened anywhere."""
    with (
        _progress("indexing") as progress,
        ragqa.Index.build(source, out, embedding=embedding, progress=progress) as made,
    ):
        for skipped in made.skipped:
            _say(f"skipped {skipped.source}: {skipped.reason}")
        info = made.info
        _say(f"{out}: {info['documents']} documents, {info['passages']} passages, {len(made.skipped)} files skipped")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    index: IndexOption = None,
    corpus: CorpusOption = None,
    top_k: TopKOption = 8,
    min_confidence: MinimumOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON and nothing else.")] = False,
) -> None:
    """Answer a question, or say that the documents don't."""
    answer = _opened(index, corpus).ask(question, top_k=top_k, min_confidence=min_confidence)
    _put(answer.model_dump_json().encode() if json else _rendered(answer))
    raise typer.Exit(0 if answer.answered else 1)


@app.command()
def chat(index: IndexOption = None, corpus: CorpusOption = None) -> None:
    """Answer one question after another, a line each, until the input ends; /new begins another conversation."""
    conversation = _opened(index, corpus).chat()
    interactive = _is_terminal(sys.stdin) and _is_terminal(sys.stdout)
    listened_to = sys.stdin is not None
    while listened_to:
        try:
            question = input("? " if interactive else "").strip()
        except EOFError:
            return
        if not question:
            continue
        if question == "/new":
            conversation.clear()
            continue
        try:
            listened_to = _put(_rendered(conversation.ask(question)))
        except RagqaError as error:
            _say(f"error: {error}")


class Transport(str, Enum):
    """How `ragqa mcp` talks to its client."""

    STDIO = "stdio"
    HTTP = "http"


@app.command()
def mcp(
    index: IndexOption = None,
    corpus: CorpusOption = None,
    transport: Annotated[Transport, typer.Option(help="Pipes, or streamable HTTP at /mcp.")] = Transport.STDIO,
    host: Annotated[str, typer.Option(help="Address that HTTP binds to; there is no authentication.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for any that is free.")] = 8765,
) -> None:
    """Serve the documents to assistants that speak the Model Context Protocol."""
    from ragqa.integrations.mcp import serve

    with _opened(index, corpus) as opened:
        serve(opened, _say, transport=transport.value, host=host, port=port)


@app.command()
def serve(
    index: IndexOption = None,
    corpus: CorpusOption = None,
    host: Annotated[str, typer.Option(help="Address to bind to; others than this machine need 0.0.0.0.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 for any that is free.")] = 8000,
    cors_origin: Annotated[list[str] | None, typer.Option(help="Origin whose pages may ask; may be repeated.")] = None,
    allowed_host: Annotated[
        list[str] | None, typer.Option(help="Name by which the server may be asked; may be repeated.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(help="Requests worked on at a time.")] = None,
    queue: Annotated[int | None, typer.Option(help="Requests that may wait.")] = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds for a request.")] = None,
    example: Annotated[list[str] | None, typer.Option(help="Question that the page suggests; may be repeated.")] = None,
) -> None:
    """Answer over HTTP, also to chat front ends. The environment variable RAGQA_API_KEY sets a key."""
    from ragqa.server.page import SEEDS_QUESTIONS
    from ragqa.server.run import serve as run

    given = {
        "examples": example or (SEEDS_QUESTIONS if index is None and corpus is None else None),
        "cors_origins": cors_origin,
        "allowed_hosts": allowed_host,
        "max_concurrent": concurrency,
        "queue_size": queue,
        "time_limit": time_limit,
    }
    with _opened(index, corpus) as opened:
        run(opened, host, port, _say, **{name: value for name, value in given.items() if value is not None})


@app.command("eval")
def evaluate(
    questions: Annotated[Path, typer.Option(help="Question set, JSONL.", **PATH)],
    corpus: CorpusOption = None,
    index: IndexOption = None,
    json: Annotated[Path | None, typer.Option("--json", help="Also write the report here.", **PATH)] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write it here as a page with diagrams.", **PATH)
    ] = None,
) -> None:
    """Measure answers, retrieval and abstention on a question set."""
    from ragqa.evaluation import evaluate as measure
    from ragqa.evaluation import load_questions
    from ragqa.evaluation.writing import check_writable, write_report

    for path in (json, html):
        if path is not None:
            check_writable(path)
    if json is not None and html is not None and json.resolve() == html.resolve():
        raise InvalidArgumentError(f"{json}: can't be both the JSON and the page; give two files")
    asked = load_questions(questions)
    opened = _opened(index, corpus)
    with _progress("asking") as progress:
        report = measure(opened, asked, progress=None if progress is None else lambda n: progress(n, len(asked)))
    for table in report.to_tables():
        _put(table)
    if json is not None:
        write_report(json, report.to_json())
    if html is not None:
        write_report(html, report.to_html(command=shlex.join(["ragqa", *sys.argv[1:]])))


def _opened(index: Path | None, corpus: Path | None) -> ragqa.Index:
    if index is not None and corpus is not None:
        raise InvalidArgumentError("give --index or --corpus, not both")
    if index is not None:
        return ragqa.Index.open(index)
    from ragqa.corpus import corpus_index

    with _progress("indexing") as progress:
        opened = corpus_index(corpus, progress=progress)
    for skipped in opened.skipped:
        _say(f"skipped {skipped.source}: {skipped.reason}")
    return opened


def _rendered(answer: Answer) -> RenderableType:
    """The answer, its confidence, and each citation with the span highlighted in its sentence."""
    from rich.console import Group
    from rich.text import Text

    lines = [Text(f"Asked: {_plain(answer.asked)}", style="dim")] if answer.carried else []
    if not answer.answered:
        lines.append(Text("The documents don't say.", style="bold yellow"))
        if answer.claims:
            best = answer.claims[0]
            lines.append(Text(f"Nearest, at confidence {best.confidence:.2f}:", style="dim"))
            lines += _cited(best.citations[0])
        return Group(*lines)
    lines.append(
        Text.assemble((_plain(answer.text or ""), "bold green"), (f"   confidence {answer.confidence:.2f}", "dim"))
    )
    for citation in answer.citations:
        lines += _cited(citation)
    if answer.conflict:
        lines.append(Text("The sources disagree. Also said:", style="bold yellow"))
        for claim in answer.sides[1:]:
            lines.append(Text(f"{_plain(claim.text)}   confidence {claim.confidence:.2f}", style="yellow"))
            lines += _cited(claim.citations[0])
    return Group(*lines)


def _cited(citation: Citation) -> list[Text]:
    from rich.text import Text

    place = f"{citation.document_id}:{citation.line}" + (f", page {citation.page}" if citation.page else "")
    begin = citation.start - citation.sentence_start
    end = begin + len(citation.quote)
    sentence = _plain(citation.sentence)
    highlighted = Text("    ")
    highlighted.append(sentence[:begin]).append(sentence[begin:end], style="bold reverse").append(sentence[end:])
    return [Text.assemble("  ", (_plain(place), "cyan"), "  ", (_plain(citation.title), "dim")), highlighted]


def _plain(text: str) -> str:
    """One line without control characters, which could steer a terminal; as many characters as before."""
    return "".join(" " if character.isspace() else character if character.isprintable() else "�" for character in text)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def _put(output: RenderableType | bytes) -> bool:
    """Print on stdout, JSON as UTF-8 whatever the locale; False when its reader has gone, as `head` goes.

    Text that goes to a file or a pipe is not wrapped, so that quotes stay verbatim.
    """
    try:
        if isinstance(output, bytes):
            typer.echo(output)
        else:
            console = _console()
            console.soft_wrap = not console.is_terminal
            console.print(output)
    except (BrokenPipeError, SystemExit):  # the latter is rich's way to say so; its code would mean "abstained"
        return False
    return True


def _say(message: str) -> None:
    typer.echo("".join(c if c.isprintable() else "�" for c in message), err=True)


def _is_terminal(stream: TextIO | None) -> bool:  # None when the shell has closed it
    return stream is not None and stream.isatty()


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Progress | None]:
    """A progress bar on stderr where that is a terminal."""
    if not _is_terminal(sys.stderr):
        yield None
        return
    from rich.progress import Progress as Bar

    with Bar(console=_console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def main() -> None:
    """Entry point: errors of ragqa, and files that can't be written, become one line on stderr and exit code 2."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "replace")):
        if isinstance(stream, io.TextIOWrapper):  # what the locale can't say must not end in a traceback
            stream.reconfigure(errors=errors)
    try:
        app()
    except (RagqaError, OSError) as error:
        _say(f"error: {error}")
        sys.exit(2)


if __name__ == "__main__":
    main()
