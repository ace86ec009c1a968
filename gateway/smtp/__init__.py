"""The wire in: SMTP from internal mail servers and clients (RFC 5321), on aiosmtpd.

Answers: one reply for every command and one for every mail, given only when the promise
behind it holds (a 250 after the dot: the next hop has the mail, or it lies committed).
Trusts: clients in the allow-list to be ours, and nothing that they send.
Fails: towards 451 for any fault of ours, never with text of an exception; after every
outcome the envelope is forgotten.
``server`` listens, ``doorkeeper`` counts who is inside and how much mail they carry,
``session`` is one connection and ``conversation`` what is said on it, ``transaction`` one mail;
``grammar``, ``parameters``, ``xforward`` and ``reader`` read; ``patience`` ends every wait.
"""
