"""Single sign-on: OpenID Connect's code flow, as its client.

Answers: ``provider.Provider`` (the way there, and who came back), ``pages``.
Trusts: the configured issuer, once its discovery document and its keys have been fetched
over TLS; nothing that a browser brings without a signature of it.
Fails: ``OidcError`` with a word for the log; the page says only that it did not work. No
token, code, secret or claim is ever logged, kept or shown.
Standards: OpenID Connect Core 1.0, Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (iss),
RFC 8725 (JWT best practice); OWASP ASVS 5.0 10.5, 6.8.
"""
