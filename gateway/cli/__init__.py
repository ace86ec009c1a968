"""Verbs for people at a terminal; each a thin call into a room below.

Answers: results on standard output (``--json``: one object a line), problems on standard
error, an exit status of sysexits.h.
Trusts: the operating-system user to be who they are; rights are the desk's to check.
Fails: with one clear line that says what to do, never a traceback.
"""
