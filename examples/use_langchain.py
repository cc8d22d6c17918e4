"""LangChain: a retriever for any chain, and a tool for any agent."""

import ragqa
from ragqa.integrations.langchain import RagqaRetriever, ragqa_tool

QUESTION = "Who founded Scale AI?"

with ragqa.Index.build("seeds") as index:
    retriever = RagqaRetriever(index=index, k=3)
    for document in retriever.invoke(QUESTION):
        print(document.metadata["document_id"], document.metadata["start"], document.metadata["end"])

    tool = ragqa_tool(index)  # create_agent(model, tools=[tool])
    message = tool.invoke({"type": "tool_call", "id": "1", "name": tool.name, "args": {"question": QUESTION}})
    print(message.artifact.text, [citation.document_id for citation in message.artifact.citations])
