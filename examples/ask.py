"""An answer with its sources."""

import ragqa

with ragqa.Index.build("seeds") as index:
    answer = index.ask("How much did Meta invest in Scale AI?")
    print("the sources disagree" if answer.conflict else answer.text or "the documents don't say")
    for claim in answer.claims:
        for c in claim.citations:
            print(f"{claim.confidence:.2f}  {c.quote}  ({c.document_id}, line {c.line})")
