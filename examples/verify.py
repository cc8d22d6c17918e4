"""The quotes of a model's reply, checked against the passages that it was given."""

import ragqa

REPLY = """
Meta "receives 49% of the shares" [1], and Scale AI is "worth more than $50 billion" [1].
One article calls it "buying Scale AI outright" [1].
"""

with ragqa.Index.build("seeds") as index:
    context = index.context("What share of Scale AI did Meta buy?")
    checked = ragqa.verify(REPLY, context, index=index)
    print("ok" if checked.ok else "not ok")
    for quote in checked.quotes:
        print(quote.status, f'"{quote.text}"', [place.document_id for place in quote.places])
