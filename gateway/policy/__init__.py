"""policy: the administrator's rules, and what they decide about a mail.

Answers: ``load(path)`` reads ``policies/*.toml``; ``decide(facts, recipients, policy, now)``
gives one verdict a recipient; ``explain(ruling, facts, lang)`` says why, in plain sentences.
Trusts: facts as inspection and recipients report them; the rules only after checking.
Fails: at loading, with every problem of every file at its line and column; the decision
itself is a pure, total function and does not fail.
"""

from gateway.policy.approval import MANAGER, Approval, Eyes
from gateway.policy.decide import decide, decide_at_rcpt, journalled
from gateway.policy.explain import explain, explain_recipient
from gateway.policy.load import JAPAN, Policy, load, loads, loads_all, texts
from gateway.policy.schema import Journal, Rule, Trusted, schema
from gateway.policy.written import written

__all__ = [
    "JAPAN",
    "MANAGER",
    "Approval",
    "Eyes",
    "Journal",
    "Policy",
    "Rule",
    "Trusted",
    "decide",
    "decide_at_rcpt",
    "explain",
    "explain_recipient",
    "journalled",
    "load",
    "loads",
    "loads_all",
    "schema",
    "texts",
    "written",
]
