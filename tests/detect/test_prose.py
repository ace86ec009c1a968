"""Numbers in lines of text and in fields: the nearest label decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import reasons as why
from tests.detect.ground import field, findings, found, level, persons, prose
from tests.numbers import FULL_WIDTH, grouped, my_number, my_numbers, wrong_numbers

M = my_number(21)
NUMBERS = my_numbers(22, 12)
(WRONG,) = wrong_numbers(23, 1)


@pytest.mark.parametrize(
    "text",
    [
        f"個人番号：{M}",
        f"個 人 番 号　{grouped(M)}",
        f"ﾏｲﾅﾝﾊﾞｰ:{M}です",
        f"マイナンバー（個人番号）は {grouped(M, ' ')} です。",
        f"個人番号又は法人番号 {M}",
        f"マイナンバーカード番号: {M}",
        f"My Number: {M}",
        f"ＭＹ　ＮＵＭＢＥＲ：{grouped(M).translate(FULL_WIDTH)}",
        f"kojin_bango={M}",
        f"mynumber{M}",
        f'"my_number":"{M}"',
        f"{M}（個人番号）",
        f"{M} 個人番号",
        f"個人番号\n{M}",
        f"個\n人\n番\n号\n{M}",
        f"マイナンバー一覧\n\n山田 {M}",
        f"電話番号 03-1234-5678 個人番号 {M}",
        f"(1){M} 個人番号",
        f"個人番号 ①{M}",
    ],
)
def test_a_passing_number_under_its_own_label_is_certain(text):
    assert level(prose(text)) == "certain"
    assert persons(prose(text)).certain == 1


@pytest.mark.parametrize(
    "shown",
    [
        f"{M[:6]}-{M[6:]}",
        "-".join(M[i : i + 3] for i in range(0, 12, 3)),
        f"{M[:4]}-{M[4:6]}-{M[6:]}",
        " ".join(M),
        "\n".join(M),
        f"{M[:8]}\n{M[8:]}",
        f"{M[:4]}-{M[4:8]}-\n> {M[8:]}",
    ],
)
def test_other_groupings_and_one_line_end_count_under_a_label_only(shown):
    assert level(prose(f"個人番号 {shown}")) == "certain"
    assert level(prose(f"件名 {shown}")) == "none"


def test_only_whole_groups_of_four_may_stand_on_three_lines():
    assert level(prose(f"個人番号 {M[:4]}\n{M[4:8]}\n{M[8:]}")) == "certain"
    assert level(prose(f"個人番号 {M[:3]}\n{M[3:8]}\n{M[8:]}")) == "none"


@pytest.mark.parametrize(
    "text",
    [
        f"送り状番号 {grouped(M)}",
        f"お問い合わせ番号：{M}",
        f"法人番号 {M}",
        f"口座番号 {M}",
        f"Tracking number: {grouped(M)}",
        f"Order No. {M}",
        f"{grouped(M)}（送り状番号）",
        f"TEL {M}",
        f"{M}@example.com",
    ],
)
def test_a_number_under_a_competing_label_is_nothing(text):
    assert level(prose(text)) == "none"


def test_the_nearer_competing_label_beats_the_strong_one():
    text = prose(f"マイナンバーの件、送り状番号 {grouped(M)}")
    (finding,) = findings(text)
    assert finding.confidence == "possible"
    assert why.COMPETING_LABEL in finding.reasons


@pytest.mark.parametrize("carrier", ["佐川急便", "ヤマト運輸", "ゆうパック", "日本郵便"])
def test_a_parcel_is_no_my_number_though_the_subject_names_one(carrier):
    assert (
        level(prose(f"発送しました。\n{carrier} {grouped(M)}"), "マイナンバーカードの件") == "none"
    )


def test_a_label_above_that_names_its_own_number_does_not_name_the_next():
    assert level(prose(f"FAX 03-1234-5679\n{M}")) == "possible"
    assert level(prose(f"送り状番号：\n{M}")) == "none"


def test_a_list_may_be_counted_out():
    for index in ("1", "1.", "(1)", "①", "12"):
        text = "個人番号一覧\n" + "\n".join(f"{index} {grouped(m, ' ')}" for m in NUMBERS[:9])
        assert persons(prose(text)).certain == 9, index


def test_the_nearer_strong_label_beats_the_competing_one():
    assert level(prose(f"口座の件、個人番号 {M}")) == "certain"


@pytest.mark.parametrize("name", ["会員番号", "受付番号", "社員コード", "ID:", "No."])
def test_a_number_with_a_name_of_its_own_is_at_most_possible(name):
    assert level(prose(f"マイナンバー提出者の{name} {M}")) == "possible"
    assert level(prose(f"{name} {M}"), "マイナンバー一覧.txt") == "possible"


@pytest.mark.parametrize("shown", [M, grouped(M), grouped(M, " "), f"({M})", f"{M}。"])
def test_one_unlabelled_pass_is_possible_at_most(shown):
    (finding,) = findings(prose(f"お世話になります。 {shown} よろしくお願いします"))
    assert finding.confidence == "possible"
    assert why.UNLABELLED in finding.reasons


@pytest.mark.parametrize(
    "text",
    [
        f"氏名 山田花子 生年月日 昭和50年1月1日 {M}",
        f"住所 東京都千代田区\n氏名 山田花子\n{M}",
        f"氏名 山田花子 {grouped(M)}",
        f"マイナンバーをお送りします。\n\n山田です\n{M}",
        f"マイナンバーは次のとおりです。{M}",
    ],
)
def test_a_pass_in_telling_company_is_likely(text):
    assert level(prose(text)) == "likely"


def test_a_label_of_the_container_makes_a_pass_likely():
    (finding,) = findings(prose(grouped(M)), "マイナンバー提出.txt")
    assert finding.confidence == "likely"
    assert finding.reasons[0] == why.CONTAINER_LABEL


def test_a_failing_number_under_a_clear_label_is_possible():
    (finding,) = findings(prose(f"個人番号 {WRONG}"))
    assert finding.confidence == "possible"
    assert why.CHECK_DIGIT_FAILS in finding.reasons


@given(st.sampled_from(wrong_numbers(24, 40)), st.sampled_from(["", "-", " ", "ー"]))
def test_a_wrong_check_digit_is_never_likely(number, separator):
    shown = grouped(number, separator)
    for text in (shown, f"個人番号 {shown}", f"氏名 生年月日 住所 {shown}"):
        assert persons(prose(text), "マイナンバー.txt").likely == 0


@given(
    st.sampled_from(["", "-", " ", "－", "　", "ー", "."]),
    st.sampled_from([{}, FULL_WIDTH]),
    st.integers(1, 12),
)
def test_grouping_and_width_do_not_change_the_count(separator, width, n):
    lines = [grouped(m, separator).translate(width) for m in NUMBERS[:n]]
    assert persons(prose("個人番号一覧\n" + "\n".join(lines))).certain == n


@pytest.mark.parametrize("delimiter", ["\t", ",", " | ", "  ", " ", "\u3000"])
def test_a_pasted_table_is_read_by_its_heading(delimiter):
    rows = [
        ("氏名", "送り状番号", "個人番号"),
        *(("山田", a, b) for a, b in zip(NUMBERS[:3], NUMBERS[3:6], strict=True)),
    ]
    text = prose("\n".join(delimiter.join(row) for row in rows))
    assert {c.digits for c in found(text)} == set(NUMBERS[3:6])
    assert level(text) == "certain"


def test_a_ruled_table_is_read_by_its_heading():
    assert level(prose(f"| 氏名 | 個人番号 |\n|---|---|\n| 山田 | {M} |")) == "certain"


def test_rows_without_a_number_do_not_part_a_roster_from_its_heading():
    rows = [("社員番号", "氏名", "個人番号", "雇用保険番号")]
    for n, m in enumerate(NUMBERS):
        rows.append((f"{7035784 + n:012d}", "山田", m if n % 3 else "未提出", "5687-511310-4"))
    text = prose("\n".join("｜" + "｜".join(row) + "｜" for row in rows))
    assert persons(text).certain == 8
    assert persons(text).possible == 8


def test_an_empty_field_between_blanks_does_not_end_a_roster():
    lines = ["氏名       my_number     提出日    備考", f"松本 瞳    {NUMBERS[0]}  20251231  済"]
    lines += ["九条 裕子                20260307  未", f"橋本 麻衣  {NUMBERS[1]}  20260307  済"]
    assert persons(prose("\n".join(lines))).certain == 2


def test_a_list_in_which_all_pass_needs_no_label():
    text = prose(
        "\n".join(f"{n} {m}" for n, m in zip("甲乙丙丁戊己庚辛壬癸", NUMBERS, strict=False))
    )
    assert persons(text).certain == 10
    assert why.COLUMN_ALL_PASS in findings(text)[0].reasons


def test_each_line_is_a_place_of_its_own():
    text = prose(f"個人番号 {NUMBERS[0]}\n\n個人番号 {NUMBERS[1]} {NUMBERS[0]}")
    assert [(str(f.place), f.count) for f in findings(text)] == [
        ("2 名簿 / line 1", 1),
        ("2 名簿 / line 3", 2),
    ]


def test_a_page_keeps_its_own_place():
    assert str(findings(prose(f"個人番号 {M}", "p."))[0].place) == "2 名簿"


def test_a_very_long_list_is_one_place():
    (finding,) = findings(prose("個人番号\n" + "\n".join(my_numbers(25, 80))))
    assert (str(finding.place), finding.count) == ("2 名簿 / line 2-81", 80)


@pytest.mark.parametrize("label", ["個人番号", "mynmbr", "my_number", "配偶者の個人番号"])
def test_a_field_is_named_by_its_label(label):
    (finding,) = findings(field(label, grouped(M)))
    assert (finding.confidence, finding.reasons[0]) == ("certain", why.FIELD_LABEL)
    assert str(finding.place) == "2 名簿"


def test_a_field_of_another_kind_holds_nothing():
    assert level(field("口座番号", M)) == "none"


def test_a_field_that_lost_its_leading_zero_is_likely():
    (short,) = my_numbers(26, 1, first="0")
    (finding,) = findings(field("個人番号", short[1:]))
    assert finding.confidence == "likely"
    assert why.LEADING_ZERO_LOST in finding.reasons
    assert level(field("電話番号", short[1:])) == "none"


def test_a_file_name_is_read_between_its_underscores():
    assert level(field("file name", f"マイナンバー_{M}.pdf")) == "certain"
    assert level(field("file name", f"山田_{M}.pdf")) == "possible"


def test_a_candidate_does_not_show_its_digits():
    (candidate,) = found(prose(f"個人番号 {M}"))
    assert M not in repr(candidate)
    assert M not in repr(findings(prose(f"個人番号 {M}")))


def test_a_candidate_knows_where_it_stands():
    text = f"甲\n個人番号 {grouped(M)} です"
    (candidate,) = found(prose(text))
    assert text[candidate.spot.start : candidate.spot.end] == grouped(M)
    assert candidate.spot.row == 2


def test_a_number_grouped_as_no_telephone_may_begin_like_one():
    number = my_numbers(63, 1, first="8170")[0]
    text = f"小林の個人番号をお知らせします。\n\n{number[:6]}-{number[6:]}\n"
    assert level(prose(text)) == "likely"
