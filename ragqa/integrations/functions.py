"""ragqa as functions that a language model may call.

    tools = tool_schema()  # the `tools` of a chat completion
    call(index, name, arguments).model_dump_json()  # the content of the tool's message

What the model sends is checked: anything else than the schema says is an `InvalidArgumentError`, whose message may be
sent back to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ragqa.errors import InvalidArgumentError
from ragqa.pipeline import Index
from ragqa.schema import LONGEST_QUESTION, Answer, Retrieved, Verification
from ragqa.verification import verify

MOST_PASSAGES = 20
MOST_CHARACTERS = 20_000  # of a document at a time
LONGEST_REPLY = 20_000  # characters; each quote in it is looked for in all sources
MOST_SOURCES = 20


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Question = Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION, description="A whole question, in English.")]
DocumentId = Annotated[str, Field(min_length=1, description="The document_id of a citation or a passage.")]


class Ask(_Arguments):
    """Answer a question from the documents. The answer is a verbatim quote with its sources and a confidence; it says
    when the sources disagree, and `answered` is false when the documents do not say."""

    question: Question


class Retrieve(_Arguments):
    """Find the passages of the documents that match a question best, verbatim, best first."""

    question: Question
    k: int = Field(default=5, ge=1, le=MOST_PASSAGES, description="How many passages.")


class ReadDocument(_Arguments):
    """Read a document, or the part of it from `start` on."""

    document_id: DocumentId
    start: int = Field(default=0, ge=0, description="Offset of the first character wanted.")
    length: int = Field(default=4_000, ge=1, le=MOST_CHARACTERS, description="How many characters at most.")


class Verify(_Arguments):
    """Check that what a text quotes stands verbatim in the documents it cites: found, misattributed, stitched together
    or absent."""

    text: str = Field(max_length=LONGEST_REPLY, description="A text with quotes, and reference marks such as [1].")
    document_ids: list[DocumentId] = Field(
        min_length=1, max_length=MOST_SOURCES, description="The documents it cites; [1] means the first one."
    )


class Passages(BaseModel):
    """Passages found for a question."""

    passages: tuple[Retrieved, ...]


class Excerpt(BaseModel):
    """A part of a document: `document.text[start:end]`."""

    document_id: str
    title: str
    source: str
    start: int
    end: int
    length: int = Field(description="Characters in the whole document.")
    text: str


def _ask(index: Index, given: Ask) -> Answer:
    return index.ask(given.question)


def _retrieve(index: Index, given: Retrieve) -> Passages:
    return Passages(passages=tuple(index.retrieve(given.question, given.k)))


def _document(index: Index, given: ReadDocument) -> Excerpt:
    document = index.document(given.document_id)
    text = document.text[given.start : given.start + given.length]
    start = min(given.start, len(document.text))
    return Excerpt(
        document_id=document.id,
        title=document.title,
        source=document.source,
        start=start,
        end=start + len(text),
        length=len(document.text),
        text=text,
    )


def _verify(index: Index, given: Verify) -> Verification:
    return verify(given.text, [index.document(document_id) for document_id in given.document_ids])


class Tool(NamedTuple):
    """A function with the type of its arguments, whose docstring describes it, and the type of its result."""

    arguments: type[BaseModel]
    result: type[BaseModel]
    run: Callable[[Index, Any], BaseModel]

    @property
    def description(self) -> str:
        return " ".join((self.arguments.__doc__ or "").split())


TOOLS: Mapping[str, Tool] = {
    "ask": Tool(Ask, Answer, _ask),
    "retrieve": Tool(Retrieve, Passages, _retrieve),
    "document": Tool(ReadDocument, Excerpt, _document),
    "verify": Tool(Verify, Verification, _verify),
}


def tool_schema(names: Iterable[str] = tuple(TOOLS)) -> list[dict[str, Any]]:
    """The functions in the format of OpenAI's `tools`.

    Args:
        names: those wanted, of "ask", "retrieve", "document" and "verify".

    Raises:
        InvalidArgumentError: there is no such function.
    """
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": tool_named(name).description,
                "parameters": tool_named(name).arguments.model_json_schema(),
            },
        }
        for name in names
    ]


def tool_named(name: str) -> Tool:
    """Raises `InvalidArgumentError` when there is no such function."""
    if name not in TOOLS:
        raise InvalidArgumentError(f"{name!r}: no such function; there are {', '.join(TOOLS)}")
    return TOOLS[name]


def call(index: Index, name: str, arguments: str | Mapping[str, Any]) -> BaseModel:
    """Do what a language model asks for.

    Args:
        index: the documents.
        name: the function's name.
        arguments: its arguments, or JSON that holds them.

    Returns:
        `Answer`, `Passages`, `Excerpt` or `Verification`.

    Raises:
        InvalidArgumentError: no such function, or arguments that are not as its schema says.
        RagqaError: whatever the index raises, such as `UnknownDocumentError`.
    """
    tool = tool_named(name)
    try:
        if isinstance(arguments, str):
            given = tool.arguments.model_validate_json(arguments)
        else:
            given = tool.arguments.model_validate(dict(arguments) if isinstance(arguments, Mapping) else arguments)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors())
        raise InvalidArgumentError(f"{name}: {said}") from error
    return tool.run(index, given)
