from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import KeyMissingError, StoreError
from gateway.model import Envelope
from gateway.store.seal import FRAME_BYTES, Opener, Sealed, Sealer, pack, unpack
from tests.store.mails import Keys

KEYS = Keys()
STEP = FRAME_BYTES + 16


def changed(sealed: Sealed, blob: bytes) -> Sealed:
    return Sealed(sealed.kek_id, sealed.wrapped_key, blob)


@pytest.mark.parametrize(
    "size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES]
)
def test_what_is_sealed_opens_to_the_same_bytes(size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    sealed = KEYS.sealer.seal("mail:a", payload[:size])
    assert KEYS.opener.open("mail:a", sealed) == payload[:size]


def test_two_seals_of_one_payload_share_nothing() -> None:
    one, two = (KEYS.sealer.seal("mail:a", b"x" * 100) for _ in range(2))
    assert one.blob != two.blob
    assert one.wrapped_key != two.wrapped_key


@pytest.mark.parametrize(
    "cut",
    [
        lambda b: b[:-1],
        lambda b: b[:STEP],
        lambda b: b[: 2 * STEP],
        lambda b: b[STEP:],
        lambda b: b"",
        lambda b: b[STEP : 2 * STEP] + b[:STEP] + b[2 * STEP :],
        lambda b: b + b[-STEP:],
        lambda b: b[:100] + bytes([b[100] ^ 1]) + b[101:],
    ],
    ids=["byte", "to-1", "to-2", "first", "all", "swapped", "repeated", "bit"],
)
def test_a_cut_moved_or_changed_frame_is_refused(cut) -> None:
    sealed = KEYS.sealer.seal("mail:a", b"p" * (2 * FRAME_BYTES + 500))
    with pytest.raises(StoreError, match="damaged or was changed"):
        KEYS.opener.open("mail:a", changed(sealed, cut(sealed.blob)))


def test_a_seal_opens_only_in_the_row_it_was_made_for() -> None:
    sealed = KEYS.sealer.seal("mail:a", b"x")
    with pytest.raises(StoreError):
        KEYS.opener.open("mail:b", sealed)


def test_a_changed_wrapped_key_is_refused() -> None:
    sealed = KEYS.sealer.seal("mail:a", b"x")
    for wrapped in (b"", sealed.wrapped_key[:-1], bytes(len(sealed.wrapped_key))):
        with pytest.raises(StoreError):
            KEYS.opener.open("mail:a", Sealed(sealed.kek_id, wrapped, sealed.blob))


def test_a_key_that_is_gone_is_named() -> None:
    sealed = KEYS.sealer.seal("mail:a", b"x")
    other = Keys(kek_id="2027-01-01-zz")
    with pytest.raises(KeyMissingError, match="2026-11-21-bc"):
        other.opener.open("mail:a", sealed)


def test_a_sealer_holds_nothing_that_opens() -> None:
    sealer = KEYS.sealer
    assert not hasattr(sealer, "open")
    held = [v for v in vars(sealer).values() if "Private" in type(v).__name__]
    assert held == []


def test_no_key_at_all_is_a_missing_key() -> None:
    with pytest.raises(KeyMissingError):
        Sealer({})
    with pytest.raises(KeyMissingError):
        Opener({})


@settings(max_examples=50, deadline=None)
@given(
    st.text(max_size=40),
    st.lists(st.text(max_size=40), min_size=1, max_size=5),
    st.booleans(),
    st.binary(max_size=200),
)
def test_envelope_and_content_survive_packing(
    sender: str, recipients: list[str], utf8: bool, content: bytes
) -> None:
    envelope = Envelope(sender, tuple(recipients), utf8, "8BITMIME")
    assert unpack(pack(envelope, content)) == (envelope, content)


@pytest.mark.parametrize("payload", [b"", b"\0\0\0\x02{}", b"\0\0\0\x01[", b"\xff\xff\xff\xff{"])
def test_a_payload_without_an_envelope_is_a_store_error(payload: bytes) -> None:
    with pytest.raises(StoreError, match="no envelope"):
        unpack(payload)


def test_what_the_client_asked_for_in_dsn_parameters_is_parked_with_the_mail() -> None:
    envelope = Envelope(
        "a@x.example",
        ("b@y.example", "c@y.example"),
        mail_parameters=("RET=HDRS",),
        rcpt_parameters=(("NOTIFY=NEVER",), ()),
    )
    assert unpack(pack(envelope, b"x")) == (envelope, b"x")
