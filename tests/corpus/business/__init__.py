"""Business mail as it is sent in Japan, with My Numbers and without: what detection is measured on.

``make(kind, index, seed)`` gives one labelled mail, the same for ever; ``kinds`` lists all kinds;
``measure`` runs them through the engine in several processes. Numbers come from tests/numbers.py
and no mail here was ever sent. Run ``python -m tests.corpus business``.
"""

from tests.corpus.business.command import main

__all__ = ["main"]
