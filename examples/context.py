"""What a prompt needs: whether the documents answer, what they say, and numbered passages within a budget."""

import ragqa

QUESTION = "What share of Scale AI did Meta buy?"
SYSTEM = "Answer from the passages alone. Quote them word for word, and put the number of the passage after each quote."

with ragqa.Index.build("seeds") as index:
    context = index.context(QUESTION, max_tokens=800)
    messages = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"{context.text}\n\nQuestion: {QUESTION}"},
    ]
    for message in messages:  # client.chat.completions.create(model=..., messages=messages)
        print(message["content"])
