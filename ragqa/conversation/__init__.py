"""Conversation: what a question leaves unsaid is carried over from the turns before it.

    question, history ─► turns (checked) ─► rewriting ─► a question that stands alone, and the words carried over

`rewriting` asks `references` for pronouns and the like that nothing in the question resolves, and takes what they mean
from `topics`; `fragments` makes "and when?" (`anew`) and "what about Google?" (`replacing`) whole. `mentions` and
`clauses` read questions, `words` are the lists under them. Everything carried stands in an earlier question, or in an
answer that was given: nothing comes from anywhere else, and the documents are not looked at.
"""

from ragqa.conversation.chat import Chat
from ragqa.conversation.turns import MOST_TURNS, History, put

__all__ = ["MOST_TURNS", "Chat", "History", "put"]
