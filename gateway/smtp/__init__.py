"""The wire in: SMTP from internal mail servers and clients (RFC 5321), on aiosmtpd.

Answers: one reply for every command and one for every mail, given only when the promise
behind it holds (a 250 after the dot: the next hop has the mail, or it lies committed).
Trusts: clients in the allow-list to be ours, and nothing that they send.
Fails: towards 451 for any fault of ours, never with text of an exception; after every
outcome the envelope is forgotten.
``session`` speaks, ``reader`` takes the mail's bytes, ``grammar`` reads paths and
parameters, ``server`` listens.
"""
