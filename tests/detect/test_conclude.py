"""The conclusion counts persons over the whole mail and forgets the digits."""

import pickle

import pytest

from gateway import reasons
from gateway.detect import Context, Tally, candidates, conclude
from gateway.detect.conclusion import _STRENGTH, MOST_COLUMNS
from gateway.detect.population import binomial_tail, likelihood_ratio
from gateway.i18n import text
from gateway.model import Confidence, Field, Persons, Place, Prose, Table
from tests.numbers import FULL_WIDTH, grouped, my_numbers, wrong_numbers

A, B = my_numbers(41, 2)


def in_part(part, words):
    return candidates(Prose(Place((part,)), words), Context())


def test_the_same_number_in_other_forms_and_parts_is_one_person():
    met = [
        *in_part("1", f"個人番号 {A}"),
        *in_part("2", f"個人番号 {grouped(A).translate(FULL_WIDTH)}"),
        *candidates(Field(Place(("3",)), "個人番号", " ".join(A)), Context()),
    ]
    findings, persons = conclude(met)
    assert persons == Persons(1, 1, 1)
    assert [f.count for f in findings] == [1, 1, 1]


def test_a_number_counts_at_its_best_confidence():
    _, persons = conclude([*in_part("1", f"では {A} で"), *in_part("2", f"個人番号 {A}")])
    assert persons == Persons(certain=1, likely=1, possible=1)


def test_a_weaker_confidence_is_included_in_its_count():
    _, persons = conclude([*in_part("1", f"では {A} で"), *in_part("2", f"個人番号 {B}")])
    assert persons == Persons(certain=1, likely=1, possible=2)


def test_findings_come_surest_first():
    findings, _ = conclude([*in_part("1", f"では {A} で"), *in_part("2", f"個人番号 {B}")])
    assert [f.confidence for f in findings] == [Confidence.CERTAIN, Confidence.POSSIBLE]


def test_nothing_met_is_nothing_found():
    assert conclude([]) == ((), Persons())


def test_nothing_concluded_stands_for_a_number():
    concluded = pickle.dumps(conclude(in_part("1", f"個人番号 {A}")))
    assert A.encode() not in concluded
    assert str(hash(A)).encode() not in concluded


def test_candidates_travel_between_processes():
    met = in_part("1", f"個人番号 {A}")
    assert pickle.loads(pickle.dumps(met)) == met


@pytest.mark.parametrize(
    ("n", "k", "ratio", "tail"),
    [
        (2, 2, 29, 0.033),
        (3, 3, 157, 0.0060),
        (5, 5, 4.6e3, 2.0e-4),
        (5, 4, 21, 0.0047),
        (10, 10, 2.1e7, 4.0e-8),
        (10, 9, 9.4e4, 1.8e-6),
    ],
)
def test_the_statistics_are_those_of_the_published_table(n, k, ratio, tail):
    assert 10 ** likelihood_ratio(n, k) == pytest.approx(ratio, rel=0.05)
    assert binomial_tail(n, k) == pytest.approx(tail, rel=0.05)


def test_the_tail_of_a_huge_population_is_quick_and_bounded():
    assert binomial_tail(5_000_000, 4_000_000) == 0.0
    assert binomial_tail(5_000_000, 900_000) == 1.0


@pytest.mark.parametrize("reason", _STRENGTH)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_reason_has_a_sentence(reason, language):
    assert reason in vars(reasons).values()
    assert text("detect", reason, language).endswith(("。", "."))


def test_a_name_seen_in_one_reading_of_a_part_holds_in_the_others():
    """A charset guessed wrongly loses the label, but not its digits."""
    subject = Context(("マイナンバーの取扱いについて",), mentioned=True)
    number = grouped(A)
    lost = Prose(Place(("1",)), f"My Number の件です。\n\xa5\xc8\xa5\xe9：{number}")
    tally = Tally()
    alone = conclude(candidates(lost, subject, tally), tally)[1]
    named = Prose(Place(("1",)), f"返送用レターパックの追跡番号：{number}")
    tally = Tally()
    both = [c for unit in (named, lost) for c in candidates(unit, subject, tally)]
    assert alone.likely == 1
    assert conclude(both, tally)[1].likely == 0


def test_a_name_seen_in_one_reading_hides_no_number_with_a_label_of_its_own():
    tally = Tally()
    units = [Prose(Place(("1",)), f"{label} {A}") for label in ("追跡番号", "個人番号")]
    both = [c for unit in units for c in candidates(unit, Context(), tally)]
    assert conclude(both, tally)[1].certain == 1


def employees_and_their_numbers() -> tuple[list[str], set[str]]:
    """The lines of a roster in columns, and its My Numbers.

    The last three employee numbers pass the check digit by chance.
    """
    mine, others = my_numbers(51, 20), [*wrong_numbers(53, 17), *my_numbers(52, 3)]
    rows = [("社員番号", "氏名", "個人番号", "電話番号")]
    rows += [(o, "佐藤 花子", m, "03-1234-5678") for o, m in zip(others, mine, strict=True)]
    return ["  ".join(row) for row in rows], set(mine)


@pytest.mark.parametrize("part", ["1", "2"])
def test_a_list_known_by_its_heading_is_no_list_of_persons_where_columns_are_lost(part):
    """Employee numbers that pass were counted as persons in the reading with joined lines."""
    lines, mine = employees_and_their_numbers()
    tally = Tally()
    units = Prose(Place(("1",)), "\n".join(lines)), Prose(Place((part,)), " ".join(lines))
    met = [c for unit in units for c in candidates(unit, Context(), tally)]
    assert {c.digits for c in met if c.confidence is not Confidence.POSSIBLE} > mine
    assert conclude(met, tally)[1].likely == len(mine)


def test_numbers_of_a_list_without_columns_are_weighed_by_which_they_are_on_their_line():
    """Under a heading of collapsed blanks each row's first number was taken for a My Number."""
    lines, mine = employees_and_their_numbers()
    collapsed = "\n".join(line.replace("  ", " ") for line in lines)
    met = candidates(Prose(Place(("1",)), collapsed), Context())
    assert {c.digits for c in met if c.confidence is not Confidence.POSSIBLE} == mine


@pytest.mark.parametrize(("width", "findings"), [(MOST_COLUMNS, MOST_COLUMNS), (400, 1)])
def test_a_wide_row_is_no_finding_a_cell(width: int, findings: int) -> None:
    """One row of a megabyte gave 76,923 of them: eight megabytes that a worker may not answer."""
    numbers = my_numbers(97, width)
    row = Table(Place(("1",)), (("個人番号",) * width, tuple(numbers)))
    found, persons = conclude(candidates(row, Context()))
    assert (len(found), persons.likely) == (findings, width)
    assert str(found[0].place) == ("1 / A2" if findings > 1 else "1 / A2:OJ2")
