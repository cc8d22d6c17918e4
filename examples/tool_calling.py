"""Functions that a language model may call: their schema, and what a call gives back."""

import ragqa
from ragqa.integrations.functions import call, tool_schema

tools = tool_schema()  # client.chat.completions.create(model=..., messages=messages, tools=tools)
print([tool["function"]["name"] for tool in tools])

# what the model answers with, in completion.choices[0].message.tool_calls[0]
asked = {"id": "call_1", "name": "ask", "arguments": '{"question": "Who founded Scale AI?"}'}

with ragqa.Index.build("seeds") as index:
    try:
        content = call(index, asked["name"], asked["arguments"]).model_dump_json()
    except ragqa.RagqaError as error:  # a call that is wrong: the model may try again
        content = str(error)
    print({"role": "tool", "tool_call_id": asked["id"], "content": content})
