"""The demonstration: the real gateway on loopback, real mails, and what happens to each.

Answers: ``run`` starts ``serve`` and a sink as next hop, sends the sample mails over SMTP,
tells in plain words what became of each, and releases one held mail.
Trusts: nothing outside the directory it is given; listens on loopback only.
Fails: with a clear sentence when the gateway does not come up.
"""

from gateway.demo.run import run_demo

__all__ = ["run_demo"]
