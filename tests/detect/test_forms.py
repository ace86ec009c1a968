"""How people, programs and scanners write one number, and what is no number even so."""

import pytest

from gateway import reasons as why
from gateway.detect import Context, FieldRun, Tally, candidates, conclude
from gateway.detect.check_digit import is_valid
from gateway.detect.evidence import without
from gateway.detect.explanation import told
from gateway.model import Delimited, Field, Place, Prose
from tests.detect.ground import PLACE, field, findings, found, level, persons, prose, table
from tests.numbers import grouped, my_number, my_numbers

M = my_number(81)
A, B, C = M[:4], M[4:8], M[8:]
NUMBERS = my_numbers(82, 12)
(ONE_ZERO,) = my_numbers(83, 1, first="0")
(TWO_ZEROS,) = my_numbers(84, 1, first="00")
(THREE_ZEROS,) = my_numbers(85, 1, first="000")


@pytest.mark.parametrize("separator", [*",，、/／|｜~〜～=＝の'\t・.-_ー", "  ", " - ", " / "])
def test_every_separator_in_use_joins_a_number_behind_its_label(separator):
    assert level(prose(f"個人番号 {grouped(M, separator)}")) == "certain"


@pytest.mark.parametrize("separator", [*",、/|~=の"])
def test_a_separator_that_parts_numbers_joins_none_without_a_label(separator):
    assert level(prose(f"在庫 {grouped(M, separator)} 個")) == "none"


def test_a_list_grouped_oddly_counts_when_all_of_it_passes():
    lines = "\n".join(grouped(m, "/") for m in NUMBERS)
    assert persons(prose(lines)).likely == len(NUMBERS)


@pytest.mark.parametrize(
    "shown",
    [
        f"{M[:3]},{M[3:6]},{M[6:9]},{M[9:]}",
        f"{M}.00",
        f"{A}\n{B}\n{C}",
        f"・{A}\n・{B}\n・{C}",
        f"{A}\n-{B}\n-{C}",
        f"「{M}」",
        f"ID:{M}",
        f"No.{M}",
        f"＃{M}",
        f"{A} {B} {C} 2026",
        f"2026 {A} {B} {C}",
    ],
)
def test_whatever_stands_behind_a_label_is_read(shown):
    assert level(prose(f"個人番号：{shown}")) == "certain"


@pytest.mark.parametrize(
    ("letter", "digit"), [("O", "0"), ("o", "0"), ("l", "1"), ("I", "1"), ("S", "5"), ("B", "8")]
)
def test_letters_that_look_like_digits_are_read_under_a_label_where_the_check_digit_agrees(
    letter, digit
):
    number = next(n for n in my_numbers(86, 200) if digit in n[1:-1])
    at = number.index(digit, 1)
    shown = number[:at] + letter + number[at + 1 :]
    (finding,) = findings(prose(f"個人番号 {shown}"))
    assert (finding.confidence, why.READ_AS_DIGITS in finding.reasons) == ("likely", True)
    assert level(prose(f"件名 {shown}")) == "none"


@pytest.mark.parametrize("number", [ONE_ZERO, TWO_ZEROS])
def test_lost_zeros_are_restored_behind_a_label(number):
    assert level(prose(f"個人番号 {number.lstrip('0')}")) == "likely"
    assert level(prose(f"社員 {number.lstrip('0')}")) == "none"


def test_three_lost_zeros_are_restored_in_a_column_of_numbers_only():
    rows = [("氏名", "個人番号"), *(("山田", m) for m in NUMBERS), ("森", THREE_ZEROS.lstrip("0"))]
    assert persons(table(rows)).likely == len(NUMBERS) + 1
    assert level(prose(f"個人番号 {THREE_ZEROS.lstrip('0')}")) == "none"


@pytest.mark.parametrize(
    "text",
    [
        "マイナンバー収集期間：2026-01-05 2026",
        "マイナンバー 2026/01/05 10:30 12",
        "マイナンバー総合フリーダイヤル 0120-95-0178",
        "マイナンバーの件 03-1234-5678 12",
        "個人番号 26-01-05 10:30:00",
        "個人番号の提出は2026年1月5日まで、電話 090-1234-5678",
        "個人番号 1,234,567円 12,345円",
    ],
)
def test_dates_times_telephones_and_amounts_are_refused_under_a_label(text):
    assert level(prose(text)) == "none"


@pytest.mark.parametrize(
    "label",
    [
        *(
            "マイナカード",
            "個人ナンバー",
            "通知カード番号",
            "kojin_no",
            "kojinno",
            "mynum",
            "my_no",
        ),
        *(
            "personal number",
            "個人番号 ID:",
            "マイナンバーNo.",
            "マイナンバー＃",
            "ﾏｲﾅﾝﾊﾞｰ",
            "個 人 番 号",
        ),
        *("Individual Number", "My Number Card No.", "法人番号又は個人番号", "mai nanba"),
    ],
)
def test_every_way_to_name_it_is_a_label(label):
    assert level(prose(f"{label} {M}")) == "certain"


# ------------------------------------------------------------------ tables


def test_a_heading_beats_data_on_the_left_that_has_a_heading_of_its_own():
    rows = [("氏名", "支払方法", "個人番号"), ("山田", "口座振込", M)]
    assert level(table(rows)) == "certain"
    assert level(table([("口座番号", M), ("個人番号", NUMBERS[0])])) == "certain"
    assert [c.digits for c in found(table([("口座番号", M), ("個人番号", NUMBERS[0])]))] == NUMBERS[
        :1
    ]


def test_a_label_names_a_number_however_far_to_the_right_it_stands():
    assert level(table([("個人番号", *[""] * 40, M)])) == "certain"


def test_a_label_a_row_up_and_to_the_left_makes_a_pass_likely():
    assert level(table([("個人番号", "", ""), ("", "", M)])) == "likely"


@pytest.mark.parametrize("step", [1, 2, 4, 8])
def test_boxes_stand_in_every_nth_column(step):
    boxes = [cell for digit in M for cell in (digit, *[""] * (step - 1))]
    assert level(table([("個人番号", *boxes)])) == "certain"


@pytest.mark.parametrize("cells", [(A, B, C), (A, "", B, "", C), (A, "-", B, "-", C)])
def test_three_merged_cells_are_one_number(cells):
    assert level(table([("個人番号", *cells)])) == "certain"


def test_a_group_that_lost_its_zero_is_restored():
    number = next(n for n in my_numbers(87, 300) if n[4] == "0" and n[5] != "0")
    cells = (number[:4], number[5:8], number[8:])
    assert level(table([("個人番号", *cells)])) == "certain"
    assert level(table([("数量", *cells)])) == "none"


def test_boxes_one_below_the_other_are_one_number_under_a_label():
    assert level(table([("個人番号",), *((d,) for d in M)])) == "certain"
    assert level(table([("数量",), *((d,) for d in M)])) == "none"
    assert level(table([("個人番号", ""), *(("", d) for d in M)])) == "likely"


def test_numbers_of_another_kind_are_told_by_their_column():
    parcels = [n for n in my_numbers(88, 600) if int(n[:-1]) % 7 == int(n[-1])][:6]
    assert len(parcels) == 6
    assert persons(table([("値",), *((p,) for p in parcels)])).likely == 0
    assert persons(table([("個人番号",), *((p,) for p in parcels[:1])])).certain == 1


# ------------------------------------------------------------------ structures, parts, documents


def test_a_pension_filing_needs_no_label():
    text = (
        "10,20,30\n[kanri]\n,001\n33,12,一郎\n[data]\n"
        + "\n".join(f"2200700,{m},山田,5-600101" for m in NUMBERS[:1])
        + "\n"
    )
    for unit in (Delimited(PLACE, text, ","), prose(text)):
        surest = findings(unit)[0]
        assert (surest.confidence, surest.reasons[0]) == ("certain", why.KNOWN_STRUCTURE)


def test_a_tax_filing_needs_no_label():
    row = ["315", "1234567890", "0", "", "", "", "1234567890123", *["0"] * 20, M]
    assert level(Delimited(PLACE, ",".join(row), ",")) == "certain"


@pytest.mark.parametrize(
    "stem", ["mynumber", "mynmbrNyrykList[0].mynmbr", "個人番号", "my_number_"]
)
def test_fields_numbered_one_after_the_other_are_one_number(stem):
    for parts in ((A, B, C), tuple(M), ("", *M)):
        run = FieldRun()
        for n, part in enumerate(parts, 1):
            run.add(field(f"{stem}{n}", part))
            run.add(field("氏名", "山田"))
        (joined,) = run.joined()
        assert level(joined) == "certain"
    assert level(prose(f'{{"{stem}1":"{A}","{stem}2":"{B}","{stem}3":"{C}"}}')) == "certain"


def test_digits_one_by_one_end_with_their_line():
    """「1.」 of the next line of a numbered list was taken for a thirteenth digit."""
    text = f"1. 個人番号(12桁)： {' '.join(M)}\n1. 基礎年金番号： 2537-358345"
    assert level(prose(text)) == "certain"
    assert level(prose(f"個人番号\n{chr(10).join(M)}\n1")) != "certain"


def test_a_number_in_boxes_behind_a_label_that_says_how_many_digits_is_read():
    assert level(prose(f"マイナンバー（12桁）{' '.join(M)} です")) == "certain"


def test_one_part_behind_several_labels_is_no_number_by_itself():
    """Three labels side by side took the same four digits three times."""
    assert level(prose(f'個人番号個人番号mynumber2":"{A}"')) == "none"


def test_numbered_fields_of_another_name_are_not_joined():
    run = FieldRun()
    for n, part in enumerate((A, B, C), 1):
        run.add(field(f"電話{n}", part))
    assert list(run.joined()) == []


def test_numbers_here_and_there_in_one_document_are_a_population():
    met, tally = [], Tally()
    for page, number in enumerate(NUMBERS):
        unit = Prose(Place(("2 名簿.pdf", f"p. {page}")), f"番号は {number} です", "p.")
        met += candidates(unit, Context(), tally)
    assert conclude(met)[1].likely == 0
    assert conclude(met, tally)[1].likely == len(NUMBERS)
    assert conclude(met[:3], Tally())[1].likely == 0


def test_a_number_that_reads_as_a_telephone_belongs_to_the_list_it_stands_in():
    (phone,) = my_numbers(90, 1, first="8180")
    assert level(prose(f"番号は {phone}")) == "none"
    assert persons(prose("\n".join([*NUMBERS, phone]))).likely == len(NUMBERS) + 1


# ------------------------------------------------------------------ people beside it


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ("山田太郎 昭和50年1月1日", "likely"),
        ("佐藤 花子 1985/04/01 東京都千代田区", "likely"),
        ("山田太郎", "possible"),
        ("〒100-0001 東京都千代田区千代田1-1 山田太郎", "possible"),
        ("ボルト 2026/04/01 納品", "possible"),
    ],
)
def test_a_birth_date_weighs_more_than_a_name_or_an_address(beside, expected):
    assert level(prose(f"{beside} {M}")) == expected


# ------------------------------------------------------------------ why


def test_an_explanation_tells_of_what_was_refused_and_holds_no_digit():
    text = f"個人番号 {grouped(M)}\n送り状番号 {NUMBERS[0]}\n合計 ¥{NUMBERS[1]}"
    rows = list(told(prose(text), Context()))
    assert [row.confidence for row in rows] == ["certain", "", ""]
    assert rows[0].shown == "****-****-****"
    assert why.COMPETING_LABEL in dict(rows[1].evidence)
    assert why.PART_OF_OTHER in dict(rows[2].evidence)
    assert not any(c.isdigit() for row in rows for c in row.shown)
    assert M not in repr(rows)


def test_a_kind_of_evidence_can_be_left_out_to_measure_it():
    text = prose(f"個人番号 {M}")
    with without(why.LABEL_NEAR):
        assert level(text) == "possible"
    assert level(text) == "certain"


def test_no_number_that_obeys_another_rule_is_refused_alone():
    parcel = next(n for n in my_numbers(89, 300) if int(n[:-1]) % 7 == int(n[-1]))
    assert is_valid(parcel)
    assert level(field("個人番号", parcel)) == "certain"


def test_a_field_of_a_form_says_what_it_is():
    assert level(Field(PLACE, "kojin_no", grouped(M, "/"))) == "certain"
