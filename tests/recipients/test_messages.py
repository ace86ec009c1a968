"""Every recipient reason has its sentence in both languages, and no sentence is left over."""

import inspect
import re

import pytest

from gateway import i18n, reasons

SECTION = inspect.getsource(reasons).split("(gateway/recipients)")[1].split("(gateway/policy)")[0]
CODES = [getattr(reasons, name) for name in re.findall(r"^([A-Z_]+) = ", SECTION, re.MULTILINE)]


def test_the_catalogue_holds_exactly_the_recipient_reasons():
    assert i18n.catalogue_keys("recipients") == set(CODES)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_reason_is_a_sentence(code, lang):
    sentence = i18n.text("recipients", code, lang, resembles="exp.co.jp")
    assert sentence.endswith("。" if lang == "ja" else ".")
    assert "{" not in sentence
