"""Numbers in tables: headings, populations, boxes, lost zeros."""

import random

import pytest

from gateway import reasons as why
from tests.detect.ground import findings, found, level, persons, table
from tests.numbers import grouped, my_numbers, wrong_numbers

NUMBERS = my_numbers(31, 40)
BOXES = tuple(NUMBERS[0])


def column(heading, numbers, name="氏名"):
    return table([("No", name, heading), *((str(i), "山田", m) for i, m in enumerate(numbers))])


def random_numbers(seed, n):
    rng = random.Random(seed)
    return [f"{rng.randrange(10**11, 10**12)}" for _ in range(n)]


@pytest.mark.parametrize(
    "heading", ["個人番号", "マイナンバー", "個人番号又は法人番号", "my_number"]
)
def test_a_column_under_its_heading_is_certain(heading):
    (finding,) = findings(column(heading, NUMBERS))
    assert (finding.confidence, finding.count) == ("certain", 40)
    assert str(finding.place) == "2 名簿 / C2:C41"
    assert finding.reasons[:2] == (why.COLUMN_HEADER, why.COLUMN_ALL_PASS)


def test_a_place_counts_from_where_the_table_stands():
    (finding,) = findings(table([("個人番号",), (NUMBERS[0],)], first_row=10, first_column=27))
    assert str(finding.place) == "2 名簿 / AA11"


def test_a_column_in_which_all_pass_needs_no_heading():
    assert level(column("値", NUMBERS)) == "certain"
    assert level(table([(m,) for m in NUMBERS])) == "certain"


@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_short_column_in_which_all_pass_is_likely(n):
    (finding,) = findings(column("値", NUMBERS[:n], name="品名"))
    assert (finding.confidence, finding.count) == ("likely", n)


def test_duplicates_do_not_make_a_population():
    assert level(column("値", NUMBERS[:1] * 40, name="品名")) == "possible"


@pytest.mark.parametrize("seed", range(20))
def test_a_column_in_which_a_tenth_passes_is_chance(seed):
    numbers = random_numbers(seed, 400)
    assert persons(column("値", numbers)).possible == 0
    assert persons(column("個人番号", numbers)).likely == 0


def test_a_column_that_is_partly_real_is_found():
    mixed = NUMBERS[:30] + random_numbers(5, 30)
    here = persons(column("値", mixed))
    assert here.likely >= 30
    assert here.certain == 0  # some of those that pass do so by chance


def test_a_slip_in_a_column_is_possible_and_the_rest_stay_certain():
    here = persons(column("個人番号", NUMBERS[:20] + wrong_numbers(32, 1)))
    assert (here.certain, here.possible) == (20, 21)


def test_a_competing_heading_drops_chance_passes():
    assert level(column("送り状番号", NUMBERS[:3])) == "none"


def test_a_competing_heading_does_not_hide_a_whole_list():
    (finding,) = findings(column("送り状番号", NUMBERS))
    assert finding.confidence == "likely"
    assert why.COMPETING_LABEL in finding.reasons


def test_each_column_is_judged_by_its_own_heading():
    rows = [("送り状番号", "個人番号"), *zip(NUMBERS[:4], NUMBERS[4:8], strict=True)]
    assert {c.digits for c in found(table(rows))} == set(NUMBERS[4:8])


def test_a_label_in_the_cell_to_the_left_names_the_number():
    rows = [("氏名", "山田"), ("個人番号", grouped(NUMBERS[0])), ("口座番号", NUMBERS[1])]
    (finding,) = findings(table(rows))
    assert (finding.confidence, str(finding.place)) == ("certain", "2 名簿 / B2")


def test_a_label_inside_the_cell_names_the_number():
    assert level(table([(f"氏名 山田\n個人番号：{NUMBERS[0]}", "")])) == "certain"
    assert level(table([(f"個人番号\n{NUMBERS[0]}", "")])) == "certain"


def test_a_title_names_an_unlabelled_number():
    rows = [("マイナンバー提出一覧",), ("氏名", "番号"), ("山田", NUMBERS[0])]
    (finding,) = findings(table(rows))
    assert finding.confidence == "likely"
    assert why.CONTAINER_LABEL in finding.reasons


def test_data_below_a_heading_does_not_hide_it():
    rows = [("氏名", "個人番号"), ("山田", "未提出"), ("鈴木", NUMBERS[0])]
    assert level(table(rows)) == "certain"


@pytest.mark.parametrize(
    "row",
    [
        ("個人番号", *BOXES),
        ("個人番号又は法人番号", "", *BOXES),
        ("個人番号", *BOXES[:4], "-", *BOXES[4:8], "-", *BOXES[8:]),
        ("個人番号", *(c for box in BOXES for c in (box, ""))),
        ("個人番号", "１" if BOXES[0] == "1" else BOXES[0], *BOXES[1:]),
    ],
)
def test_one_digit_a_cell_is_one_number(row):
    (finding,) = findings(table([row]))
    assert (finding.confidence, finding.count) == ("certain", 1)


def test_boxes_without_a_label_count_when_two_rows_pass():
    assert level(table([("山田", *BOXES)])) == "none"
    assert level(table([("山田", *BOXES), ("鈴木", *NUMBERS[1])])) == "likely"


def test_thirteen_boxes_are_a_corporate_number():
    assert level(table([("個人番号又は法人番号", "9", *BOXES)])) == "none"


def test_three_cells_of_four_digits_are_one_number_under_a_label():
    cells = (NUMBERS[0][:4], NUMBERS[0][4:8], NUMBERS[0][8:])
    assert level(table([("個人番号", "", ""), cells])) == "certain"
    assert level(table([("個人番号", *cells)])) == "certain"
    assert level(table([("数量", "", ""), cells])) == "none"
    assert level(table([("数量", *cells, "1234")])) == "none"
    assert level(table([("個人番号", *cells, "1234")])) == "certain"


def fours(number):
    return number[:4], number[4:8], number[8:]


@pytest.mark.parametrize("seed", range(25))
def test_windows_across_two_numbers_are_no_persons(seed):
    numbers = my_numbers(9000 + seed, 12)
    side_by_side = [c for m in numbers[:4] for c in fours(m)]
    headings = [f"list[{n}].mynmbr{part}" for n in range(4) for part in (1, 2, 3)]
    in_columns = [("氏名", "個人番号1", "個人番号2", "個人番号3")]
    in_columns += [("山田", *fours(m)) for m in numbers]
    beside_codes = [("社員番号", "個人番号", "", ""), *((m[3:7], *fours(m)) for m in numbers)]
    turned = [("個人番号", *(m[:4] for m in numbers)), ("", *(m[4:8] for m in numbers))]
    turned += [("", *(m[8:] for m in numbers))]
    for rows, expected in (
        ([headings, side_by_side], numbers[:4]),
        (in_columns, numbers),
        (beside_codes, numbers),
        (turned, numbers),
    ):
        assert {c.digits for c in found(table(rows))} == set(expected)


def test_lost_zeros_are_restored_under_a_heading_only():
    zeros = [str(int(m)) for m in my_numbers(33, 3, first="0") + my_numbers(34, 1, first="00")]
    (finding,) = findings(column("個人番号", zeros))
    assert (finding.confidence, finding.count) == ("certain", 4)
    assert why.LEADING_ZERO_LOST in finding.reasons
    assert level(column("値", zeros)) == "none"
    assert level(column("電話番号", zeros)) == "none"


def test_a_number_written_out_as_a_float_is_read():
    assert level(column("個人番号", [f"{NUMBERS[0]}.0"])) == "certain"
    assert level(column("個人番号", [f"{NUMBERS[0]}.5"])) == "none"


def test_ragged_and_empty_tables_are_fine():
    assert level(table([])) == "none"
    assert level(table([(), ("",), ("個人番号", "", NUMBERS[0]), ()])) == "certain"


@pytest.mark.parametrize("first", ["8170", "8180", "8190", "2025112310"])
def test_a_number_that_reads_otherwise_stays_in_a_short_list_that_passes(first):
    strange = my_numbers(61, 1, first=first)
    assert persons(column("値", [*NUMBERS[:7], *strange])).likely == 8


def test_telephone_numbers_stay_out_of_a_short_list_that_passes():
    telephones = my_numbers(62, 6, first="8190")
    assert persons(column("値", [*NUMBERS[:6], *telephones])).likely == 6


def test_a_few_rows_of_three_short_codes_are_no_list_of_persons():
    assert level(table([fours(m) for m in NUMBERS[:2]])) in ("none", "possible")
    assert level(table([fours(m) for m in NUMBERS[:8]])) == "likely"


def test_a_column_of_times_is_no_list_because_two_of_its_entries_pass():
    """Times in another form passed two of two where all others were refused as times."""
    times = [f"20250712{hour:02d}31" for hour in range(10, 16)]
    rows = [("createdAt",), *((cell,) for cell in [*times, *my_numbers(93, 2)])]
    assert persons(table(rows)).likely == 0
    assert persons(table([("createdAt",), *((n,) for n in my_numbers(93, 2))])).likely == 2
