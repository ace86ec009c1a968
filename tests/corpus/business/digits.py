"""Other numbers of twelve digits or so, each with its own check digit: what a My Number is not."""

from __future__ import annotations

import uuid

from tests.corpus.business.draw import Draw

_LICENCE_PLACES = (10, 20, *range(21, 26), 30, *range(40, 46), *range(50, 56), *range(60, 66),
                   *range(70, 75), *range(80, 84), *range(90, 98))  # fmt: skip


def split(digits: str, *sizes: int, by: str = "-") -> str:
    """Cut digits into groups: ``split("123456", 2, 4)`` is ``12-3456``."""
    groups, at = [], 0
    for size in sizes:
        groups.append(digits[at : at + size])
        at += size
    return by.join(groups)


def parcels(d: Draw, count: int, *, by: str = "-") -> list[str]:
    """Numbers of parcels (ヤマト, 佐川, ゆうパック): twelve digits, the last is the rest by 7.

    Half of the time they come from one pad of labels and so are consecutive.
    """
    start = int(d.one("1", "2", "3", "4", "5", "6") + d.digits(10))
    pad = d.maybe(0.5)
    bodies = [start + i if pad else int(d.one("1", "3", "4") + d.digits(10)) for i in range(count)]
    return [split(f"{body:011d}{body % 7}", 4, 4, 4, by=by) for body in bodies]


def registry_number(d: Draw) -> str:
    """会社法人等番号: registry 4, kind 2, serial 6."""
    return (
        d.one("01", "02", "03", "04", "05", "12", "70")
        + d.digits(2)
        + d.one("01", "02", "03", "05")
        + d.digits(6)
    )


def corporate_number(d: Draw) -> str:
    """法人番号: its check digit before the registry's twelve digits."""
    body = registry_number(d)
    total = sum(int(c) * (2 if n % 2 else 1) for n, c in enumerate(reversed(body)))
    return str(9 - total % 9) + body


def licence(d: Draw) -> str:
    """運転免許証番号: place, year, serial, check digit, how often it was issued anew."""
    body = f"{d.choice(_LICENCE_PLACES)}{d.digits(2)}{d.digits(6)}"
    total = sum(int(c) * w for c, w in zip(body, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True))
    return f"{body}{(11 - total % 11) % 10}{d.choices((0, 1, 2), (90, 8, 2))[0]}"


def _mod_10(body: str) -> str:
    total = sum(int(c) * (3 if n % 2 == 0 else 1) for n, c in enumerate(reversed(body)))
    return body + str(-total % 10)


def jan(d: Draw) -> str:
    return _mod_10(d.one("45", "49") + d.digits(10))


def gtin_12(d: Draw) -> str:
    return _mod_10(d.one("0", "6", "7", "8") + d.digits(10))


def isbn(d: Draw) -> str:
    digits = _mod_10("9784" + d.digits(8))
    return d.one(digits, split(digits, 3, 1, 2, 6, 1), split(digits, 3, 1, 4, 4, 1))


def card(d: Draw) -> str:
    body = d.one("4", "51", "35") + d.digits(15)
    body = body[:15]
    total = sum(
        sum(divmod(int(c) * (2 if n % 2 == 0 else 1), 10)) for n, c in enumerate(reversed(body))
    )
    return split(body + str(-total % 10), 4, 4, 4, 4, by=d.one("-", " ", ""))


def iban(d: Draw) -> str:
    body = d.digits(18)
    check = 98 - int(f"{body}131400") % 97
    return split(f"DE{check:02d}{body}", 4, 4, 4, 4, 4, 2, by=" ")


def meeting(d: Draw) -> str:
    """Zoom has ten or eleven digits, Teams twelve in threes, Webex eleven."""
    return d.one(
        split(d.digits(11), 3, 4, 4, by=" "), split("2" + d.digits(11), 3, 3, 3, 3, by=" "),
        split("3" + d.digits(12), 3, 3, 3, 3, 1, by=" "), split("25" + d.digits(9), 4, 3, 4, by=" "),
    )  # fmt: skip


def insurer(d: Draw) -> str:
    """保険者番号: eight digits, the last by 10."""
    body = d.one("06", "01", "34", "39") + d.digits(5)
    total = sum(
        sum(divmod(int(c) * (2 if n % 2 == 0 else 1), 10)) for n, c in enumerate(reversed(body))
    )
    return body + str(-total % 10)


def employment(d: Draw) -> str:
    """雇用保険被保険者番号."""
    return split(d.digits(11), 4, 6, 1)


def pension(d: Draw) -> str:
    """基礎年金番号."""
    return split(d.digits(10), 4, 6)


def uid(d: Draw) -> str:
    return str(uuid.UUID(int=d.getrandbits(128), version=4))


def hexes(d: Draw, count: int) -> str:
    return f"{d.getrandbits(4 * count):0{count}x}"


def stamp(d: Draw) -> str:
    """A moment as programs write it, some of it twelve digits long."""
    form = d.one(
        "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S+09:00", "%Y/%m/%d %H:%M:%S"
    )
    return d.moment().strftime(form)
