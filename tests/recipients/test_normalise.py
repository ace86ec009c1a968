"""An address is split strictly, and its domain brought into one form."""

import pytest

from gateway import reasons
from gateway.recipients.normalise import read_address, read_domain, salvage


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("exp.co.jp", "exp.co.jp"),
        ("EXP.Co.JP", "exp.co.jp"),
        ("exp.co.jp.", "exp.co.jp"),
        ("日本語.jp", "xn--wgv71a119e.jp"),
        ("xn--wgv71a119e.jp", "xn--wgv71a119e.jp"),
        ("日本語。ＪＰ", "xn--wgv71a119e.jp"),
    ],
)
def test_a_domain_has_one_form_however_it_is_written(typed, name):
    assert read_domain(typed).name == name
    assert not read_domain(typed).full_width


@pytest.mark.parametrize(
    "typed",
    [
        "ＥＸＰ．ＣＯ．ＪＰ",
        "ｅｘｐ．ｃｏ．ｊｐ",
        "exp。co。jp",
        "exp｡co｡jp",
        "exp.co.jp。",
        "exp．co.jp",
    ],
)
def test_a_name_typed_with_the_ime_left_on_is_read_as_its_half_width_twin(typed):
    domain = read_domain(typed)
    assert domain.name == "exp.co.jp"
    assert domain.full_width


@pytest.mark.parametrize("dash", "ー‐−―ｰ－")
def test_a_long_dash_is_a_hyphen_where_the_rest_is_ascii(dash):
    assert read_domain(f"o{dash}hara。ac.jp").name == "o-hara.ac.jp"


def test_a_long_vowel_mark_stays_a_letter_in_a_japanese_name():
    assert read_domain("らーめん.jp").name.encode().decode("idna") == "らーめん.jp"


@pytest.mark.parametrize(
    "typed",
    [
        "", ".", "..", ".exp.co.jp", "exp..co.jp", "exp.co.jp..", "-exp.co.jp", "exp-.co.jp",
        "ex_p.co.jp", "ex p.co.jp", "exp,co.jp", "[192.0.2.1]", "[IPv6:2001:db8::1]",
        "exp.co.jp\n", "exp\x00.jp", "a" * 64 + ".jp", ".".join(["a" * 49] * 6), "\ud800.jp",
        "ex＠p.jp", "exp\u3000.jp", "exp.co.jp" + "。" * 9,
    ],
)  # fmt: skip
def test_what_is_no_host_name_is_malformed(typed):
    assert read_domain(typed).malformed


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("aaabb@exp.co.jp", "aaabb"),
        ('"a@b"@exp.co.jp', '"a@b"'),
        ('"a \\" b"@exp.co.jp', '"a \\" b"'),
        ("a+b=c@exp.co.jp", "a+b=c"),
        ("総務@exp.co.jp", "総務"),
        ("..taro.@docomo.ne.jp", "..taro."),  # given out by carriers until 2009
        ("a" * 64 + "@exp.co.jp", "a" * 64),
    ],
)
def test_a_local_part_is_kept_verbatim(address, local):
    assert read_address(address).local == local
    assert read_address(address).fault == ""


@pytest.mark.parametrize(
    "address",
    [
        "", "@", "aaabb", "@exp.co.jp", "aaabb@", "a@b@exp.co.jp", "a b@exp.co.jp", "<a@exp.co.jp",
        '"a@exp.co.jp', 'a"b@exp.co.jp', '"a"b"@exp.co.jp', "a\r\n@exp.co.jp", "a\x00@exp.co.jp",
        "a" * 65 + "@exp.co.jp", "あ" * 22 + "@exp.co.jp", "a@" + ".".join(["b" * 63] * 4),
    ],
)  # fmt: skip
def test_what_cannot_be_an_address_is_malformed(address):
    assert read_address(address).fault == reasons.ADDRESS_MALFORMED


def test_an_address_shows_neither_part_in_its_repr():
    assert "aaabb" not in repr(read_address("aaabb@exp.co.jp"))
    assert "exp" not in repr(read_address("aaabb@exp.co.jp"))


def test_a_malformed_domain_is_read_with_a_dot_in_the_gap_and_without():
    assert salvage("exp,co.jp") == ("exp.co.jp", "expco.jp")
    assert salvage("ex p.co.jp") == ("ex.p.co.jp", "exp.co.jp")
    assert salvage("[192.0.2.1]") == ()
