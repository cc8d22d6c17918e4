"""Haystack: a component that answers, and a retriever for any pipeline."""

import os

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")  # before it is imported

from haystack import Pipeline

import ragqa
from ragqa.integrations.haystack import RagqaAnswers, RagqaRetriever

QUESTION = "Who founded Scale AI?"

with ragqa.Index.build("seeds") as index:
    pipeline = Pipeline()
    pipeline.add_component("retriever", RagqaRetriever(index, top_k=3))
    pipeline.add_component("answers", RagqaAnswers(index))
    result = pipeline.run({"retriever": {"query": QUESTION}, "answers": {"query": QUESTION}})
    for document in result["retriever"]["documents"]:
        print(document.meta["document_id"], document.meta["start"], document.meta["end"])
    for answer in result["answers"]["answers"]:
        print(f"{answer.score:.2f}", answer.data, answer.document.id, answer.document_offset)
