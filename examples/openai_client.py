"""The official OpenAI client, or any chat front end, pointed at `ragqa serve --corpus seeds`."""

import os

from openai import OpenAI

URL = os.environ.get("RAGQA_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("RAGQA_API_KEY", "none is set")

client = OpenAI(base_url=f"{URL}/v1", api_key=KEY)
completion = client.chat.completions.create(
    model="ragqa", messages=[{"role": "user", "content": "Who founded Scale AI?"}]
)
print(completion.choices[0].message.content)
print(completion.model_extra["ragqa"]["confidence"])  # the Answer, whole
