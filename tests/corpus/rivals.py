"""``python -m tests.corpus rivals``: other detectors on the same mails, side by side with ours.

Three of them: a scan for check digits alone; the rule for My Numbers that Microsoft Purview
documents (learn.microsoft.com/purview/sit-defn-japan-my-number-personal: pattern, checksum,
a keyword within 300 characters for confidence 85, else 65), written anew from that page; and
Presidio's analyzer with a recogniser for My Numbers (pattern, check digit, context words) on a
spaCy pipeline without a model, if ``pip install -e '.[rivals]'`` was run. All are given the text
that our readers get out of a mail, in NFKC, so that detection is compared and not reading.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.corpus.business import docs, report
from tests.corpus.business.kinds import BY_NAME
from tests.corpus.business.measure import OURS, Outcome, Verdict, inspected, plan, run
from tests.corpus.business.plain import text_of
from tests.numbers import check_digit

SEED, EACH, QUICK_EACH = 2026, 100, 10
CHECK_DIGIT, PURVIEW, PRESIDIO = "check digit alone", "Purview's documented rule", "Presidio"

_BOUNDED = re.compile(r"(?<![0-9])(?:[0-9]{12}|[0-9]{4}([ -])[0-9]{4}\1[0-9]{4})(?![0-9])")
_PURVIEW = re.compile(r"(?<![0-9])[0-9]{4}[ .-]?[0-9]{4}[ .-]?[0-9]{4}(?![0-9])")
_KEYWORDS = re.compile(
    "my number|マイナンバー|個人番号|共通番号|マイナンバーカード|マイナンバーカード番号|個人番号カード|個人識別番号|個人識別ナンバー|通知カード",
    re.IGNORECASE,
)
_WORD = re.compile(r"[0-9]+|[ァ-ヶー]+|[一-龠々]+|[ぁ-ん]+|[A-Za-z]+|.", re.DOTALL)
_PROXIMITY = 300  # characters, on either side
_SURE_ENOUGH = 0.6  # Presidio's score from which we count a finding as likely

Scan = Callable[[str], tuple[set[str], set[str]]]  # numbers that are possible, and likely


def passes(digits: str) -> bool:
    return check_digit(digits[:11]) == digits[11]


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def by_check_digit(text: str) -> tuple[set[str], set[str]]:
    """Every bounded run of twelve digits that passes is a finding."""
    found = {n for m in _BOUNDED.finditer(text) if passes(n := _digits(m[0]))}
    return found, found


def by_purview(text: str) -> tuple[set[str], set[str]]:
    """Confidence 65 for what passes, 85 where a keyword is near."""
    possible, likely = set(), set()
    for met in _PURVIEW.finditer(text):
        number = _digits(met[0])
        if passes(number):
            possible.add(number)
            if _KEYWORDS.search(text, max(0, met.start() - _PROXIMITY), met.end() + _PROXIMITY):
                likely.add(number)
    return possible, likely


def by_presidio(text: str) -> tuple[set[str], set[str]]:
    """What the analyzer reports, likely from a score that only context words give."""
    possible, likely = set(), set()
    for met in _analyzer().analyze(text, language="ja", entities=["JP_MY_NUMBER"]):
        number = _digits(text[met.start : met.end])
        possible.add(number)
        if met.score >= _SURE_ENOUGH:
            likely.add(number)
    return possible, likely


@functools.cache
def _analyzer() -> Any:
    """Presidio without a language model: words are cut where the script changes."""
    from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry

    class MyNumber(PatternRecognizer):
        def validate_result(self, pattern_text: str) -> bool | None:
            """False drops it; None leaves the score to the pattern and its context."""
            return None if passes(_digits(pattern_text)) else False

    recogniser = MyNumber(
        supported_entity="JP_MY_NUMBER",
        supported_language="ja",
        patterns=[Pattern("my number", _PURVIEW.pattern, 0.4)],
        context=["個人番号", "マイナンバー", "mynumber", "通知カード"],
    )
    registry = RecognizerRegistry(supported_languages=["ja"])
    registry.add_recognizer(recogniser)
    return AnalyzerEngine(registry=registry, nlp_engine=_words(), supported_languages=["ja"])


def _words() -> Any:
    """An engine that cuts words and nothing else; each word stands for its own lemma."""
    import spacy
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.tokens import Doc

    pipeline = spacy.blank("xx")
    pipeline.max_length = 100_000_000

    def cut(text: str) -> Any:
        words = _WORD.findall(text)
        return Doc(pipeline.vocab, words, [False] * len(words), lemmas=words)

    pipeline.tokenizer = cut
    engine = SpacyNlpEngine()
    engine.nlp = {"ja": pipeline}
    return engine


SCANS: dict[str, Scan] = {CHECK_DIGIT: by_check_digit, PURVIEW: by_purview, PRESIDIO: by_presidio}


def there() -> dict[str, Scan]:
    """The rivals that can run here."""
    lacking = importlib.util.find_spec("presidio_analyzer") is None
    return {name: scan for name, scan in SCANS.items() if not (lacking and name == PRESIDIO)}


def judge(content: bytes) -> dict[str, Verdict]:
    """Ours from the mail's bytes; the others from its text, which is not on their time."""
    text = unicodedata.normalize("NFKC", text_of(content))
    verdicts = {OURS: inspected(content)}
    for name, scan in there().items():
        started = time.perf_counter()
        possible, likely = scan(text)
        verdicts[name] = Verdict(len(possible), len(likely), took_s=time.perf_counter() - started)
    return verdicts


def table(outcomes: Sequence[Outcome]) -> Iterable[str]:
    """A row a detector."""
    yield "| detector | every person found | 95 % | mails held | false alarms | 95 % | ms a mail |"
    yield "|---|--:|---|--:|--:|---|--:|"
    for name in dict.fromkeys(o.detector for o in outcomes):
        own = [o for o in outcomes if o.detector == name]
        owed, clean = report.owed(own), report.clean(own)
        whole, held = sum(o.whole for o in owed), sum(o.alarmed for o in owed)
        alarms = sum(o.alarmed for o in clean)
        took = 1000 * sum(o.verdict.took_s for o in own) / len(own)
        yield (
            f"| {name} | {whole / len(owed):.4f} | {_bounds(whole, len(owed))} | {held / len(owed):.4f} "
            f"| {alarms} of {len(clean)} ({alarms / len(clean):.4f}) | {_bounds(alarms, len(clean))} | {took:.2f} |"
        )


def _bounds(hits: int, of: int) -> str:
    low, high = report.wilson(hits, of)
    return f"{low:.4f} to {high:.4f}"


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.corpus rivals", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--quick", action="store_true", help="a tenth of every kind")
    parser.add_argument("--processes", type=int, default=0, help="0: one a core")
    parser.add_argument("--write-docs", action="store_true")
    asked = parser.parse_args()
    wanted = list(plan(BY_NAME, QUICK_EACH if asked.quick else EACH))
    outcomes = run(wanted, asked.seed, "tests.corpus.rivals:judge", asked.processes)
    lines = [f"{len(wanted):,} mails, seed {asked.seed}.", "", *table(outcomes)]
    print("\n".join(lines))
    if PRESIDIO not in there():
        print("Presidio is not installed: pip install -e '.[rivals]'")
    if asked.write_docs:
        docs.write("rivals", lines)
