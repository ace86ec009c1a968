"""Mail containers: what cannot be read in them is named, what can is handed on as it was."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from gateway.extract import media_type
from gateway.extract.rtf_compression import unpacked_rtf
from tests.corpus.mail_carriers import (
    _attribute,
    _message,
    _text,
    _under,
    _year,
    compressed_rtf,
    msg,
    saved_mail,
    tnef,
)
from tests.extract.samples import LIMITS, fields, members, prose, read, unread


def test_each_mail_of_a_mailbox_is_a_member_with_its_quoting_undone() -> None:
    mail = b"From: a@b.example\nSubject: q\n\nx\n>From here\n>>From there\n"
    line = b"From a@b.example Mon Apr  6 00:00:00 2026\n"
    first, second = members(read(line + mail + b"\n" + line + mail))
    assert first.declared_type == second.declared_type == "message/rfc822"
    assert b"\nFrom here\n>From there\n" in first.content


def test_a_mailbox_with_more_mails_than_the_limit_is_not_read_whole() -> None:
    mails = b"From a@b.example Mon Apr  6 00:00:00 2026\nA: b\n\nx\n\n" * 5
    yielded = read(mails, replace(LIMITS, parts=3))
    assert len(members(yielded)) == 3
    assert ("1 part", "limit", "mails") in unread(yielded)


def test_a_line_that_begins_with_from_is_no_mailbox() -> None:
    assert not members(read(b"From the office, April 2026\nA fine day.\n"))


@pytest.mark.parametrize("trace", [0, 100])
def test_a_saved_mail_is_known_however_long_its_header_is(trace: int) -> None:
    assert media_type(saved_mail("x", trace=trace)) == "message/rfc822"


def test_an_outlook_message_gives_its_attachments_their_names() -> None:
    attached = {"__substg1.0_37010102": b"the file"} | dict([_text("3707", "名簿.pdf")])
    made = _message(_1000="body here") | _under("__attach_version1.0_#00000000", attached)
    yielded = read(msg(made))
    (member,) = members(yielded)
    assert (member.name, member.content) == ("名簿.pdf", b"the file")
    assert "body here" in prose(yielded)
    assert fields(yielded)["subject"] == "q"


def test_the_header_that_a_message_came_with_is_a_mail_without_a_body() -> None:
    """Its Content-Type speaks of parts that are not there, which made every .msg ambiguous."""
    head = 'Subject: q\r\nContent-Type: multipart/mixed;\r\n boundary="b"\r\nMIME-Version: 1.0\r\n'
    (member,) = members(read(msg(_message(_007D=head))))
    assert member.content == b"Subject: q\r\n\r\n"


def test_more_elements_than_anybody_signs_with_are_a_limit() -> None:
    flood = b"\x30\x84" + (2_400_000).to_bytes(4, "big") + b"\x05\x00" * 1_200_000
    assert "limit" in {reason for _, reason, _ in unread(read(flood))}


def test_an_attachment_by_reference_is_elsewhere() -> None:
    listed = bytes(8) + (0x3705_0003).to_bytes(4, "little") + bytes(4) + b"\2" + bytes(7)
    attached = {"__properties_version1.0": listed}
    made = _message(_1000="a") | _under("__attach_version1.0_#00000000", attached)
    assert "external" in {reason for _, reason, _ in unread(read(msg(made)))}


def test_a_broken_rtf_body_is_damaged() -> None:
    made = _message() | {"__substg1.0_10090102": b"no RTF at all, in no form"}
    assert ("1 part / rtf body", "damaged", "compressed rtf") in unread(read(msg(made)))


def test_packed_rtf_comes_out_as_it_went_in() -> None:
    rtf = random.Random(3).randbytes(5000)
    assert unpacked_rtf(compressed_rtf(rtf)) == rtf


def test_packed_rtf_may_repeat_what_it_is_just_writing() -> None:
    """[MS-OXRTFCP] 4.1.2: ten letters A by one token that runs into its own output."""
    packed = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpacked_rtf(packed) == rb"{\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_a_tnef_stream_that_breaks_off_is_read_up_to_there_and_damaged() -> None:
    whole = tnef(
        _attribute(1, 0x800C, 2, b"the body\0"), _attribute(1, 0x8004, 1, b"the subject\0")
    )
    yielded = read(whole[:-5])
    assert "the body" in prose(yielded)
    assert ("1 part", "damaged", "tnef") in unread(yielded)
    assert not unread(read(whole))


def test_a_document_at_the_front_of_a_container_does_not_hide_the_container() -> None:
    """A winmail.dat whose attachment was a PDF counted as that PDF, and its body went unread."""
    file = [(0x9002, 6, bytes(14)), (0x800F, 6, b"%PDF-1.4 1 0 obj %%EOF")]
    made = tnef(*(_attribute(2, *x) for x in file), _attribute(1, 0x800C, 2, b"the body\0"))
    yielded = read(made)
    assert media_type(made) == "application/ms-tnef"
    assert "the body" in prose(yielded)
    assert len(members(yielded)) == 1


def _identity() -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    key = rsa.generate_private_key(65537, 1024)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "common name")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, *_year())
    return made.sign(key, hashes.SHA256()), key


def test_enveloped_data_is_encrypted() -> None:
    certificate, _ = _identity()
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(b"secret").add_recipient(certificate)
    sealed = builder.encrypt(serialization.Encoding.DER, [])
    assert [reason for _, reason, _ in unread(read(sealed))] == ["encrypted"]


def test_a_key_store_is_encrypted() -> None:
    certificate, key = _identity()
    sealed = serialization.BestAvailableEncryption(b"x")
    store = pkcs12.serialize_key_and_certificates(b"name", key, certificate, None, sealed)
    assert "encrypted" in {reason for _, reason, _ in unread(read(store))}


def test_the_names_in_a_certificate_are_read() -> None:
    certificate, _ = _identity()
    yielded = read(certificate.public_bytes(serialization.Encoding.DER))
    assert "common name" in prose(yielded)
    assert not unread(yielded)


@pytest.mark.parametrize("cut", [5, 100, 400])
def test_signed_data_that_breaks_off_is_damaged(cut: int) -> None:
    certificate, key = _identity()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"content" * 20)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    signed = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    assert "damaged" in {reason for _, reason, _ in unread(read(signed[:-cut]))}


def test_what_stands_behind_signed_data_is_not_read() -> None:
    certificate, _ = _identity()
    yielded = read(certificate.public_bytes(serialization.Encoding.DER) + b"\1\2\3\4")
    assert "unsupported" in {reason for _, reason, _ in unread(yielded)}


def test_a_binary_pgp_message_is_encrypted() -> None:
    packet = b"\x85\x01\x0c\x03" + bytes(range(8)) + b"\x01" + bytes(260)
    assert [reason for _, reason, _ in unread(read(packet))] == ["encrypted"]
