"""LlamaIndex: a retriever, and a query engine that needs no language model."""

import ragqa
from ragqa.integrations.llamaindex import RagqaQueryEngine, RagqaRetriever

QUESTION = "Who founded Scale AI?"

with ragqa.Index.build("seeds") as index:
    for found in RagqaRetriever(index, k=3).retrieve(QUESTION):
        print(found.node.ref_doc_id, found.node.start_char_idx, found.node.end_char_idx)

    response = RagqaQueryEngine(index=index).query(QUESTION)
    print(response, [source.node.ref_doc_id for source in response.source_nodes])
