"""What customers read: golden samples in both languages, and what no text may ever hold."""

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError, UndefinedError

from services.notifications.dates.model import Told
from services.notifications.rules.domain import Template
from services.notifications.templates import vocabulary
from services.notifications.templates.parts import salutation
from services.notifications.templates.render import Letter, write
from services.notifications.templates.view import Writing
from shared.contracts.codes import CAUSES, CauseCode, Mode
from shared.contracts.orders import Because
from shared.contracts.shipments import Transport
from shared.contracts.text import LANGUAGES, Language, LocalText
from shared.rendering.environment import Templates, TooLong
from tests.notifications.cases import BRACKET, LIGHTS, MOVED, PLANNED, Case, contact, customer, line, order, reason, reestimate, rule
from tests.notifications.letters import ANNA, BOTH, CASES, FIRST, HEARD, WANG

GOLDEN = Path(__file__).parent / "golden"
REWRITE = "GENDAN_REWRITE_GOLDEN"
"""Set it to write the samples anew; then read the difference."""


def test_letters_read_as_their_golden_samples() -> None:
    for name, case in CASES.items():
        for reader, letter in zip((ANNA, WANG), _by_reader(case), strict=True):
            path = GOLDEN / f"{name}.{reader.language}.txt"
            text = f"Subject: {letter.subject}\n\n{letter.body}"
            if os.environ.get(REWRITE):
                path.write_text(text, encoding="utf-8")
            assert path.read_text(encoding="utf-8") == text, f"{path.name}; {REWRITE}=1 writes it anew"


def _by_reader(case: Case) -> list[Letter]:
    languages = {one.id: one.language for one in case.to.contacts}
    letters = dict(zip([languages[n.contact.id] for n in case.decided().notices if n.contact], case.letters(), strict=True))
    return [letters["en"], letters["zh-CN"]]


def test_a_letter_apologises_once_and_guarantees_nothing() -> None:
    for case in CASES.values():
        english, chinese = _by_reader(case)
        assert english.body.lower().count("sorry") + english.body.lower().count("apolog") <= 1
        assert chinese.body.count("歉") <= 1
        for word in ("guarantee", "fault", "liab", "保证", "责任", "过失"):
            assert word not in english.body.lower() + chinese.body


def test_goods_on_board_are_not_told_as_still_to_be_loaded() -> None:
    """Of two lines one is loaded: a delay is about the other. Once the vessel has left it is about both, and nothing is agreed any more."""
    day = PLANNED["DEPART"]
    loaded, ahead = (replace(one, promised=day, expected=day, told=Told(day)) for one in LIGHTS)
    half = order(lines=(replace(loaded, delivered=PLANNED["PRD_END"]), ahead), delivery_point="ON_BOARD")
    late = reestimate(half, delay=reason(), to={"DEPART": MOVED["DEPART"]})
    english, chinese = (letter.subject + letter.body for letter in Case((late,), (half,), customer(ANNA, WANG), rule("delay")).letters())
    assert ("300 pcs" in english, "1,200" in english, "50 W" in english) == (True, False, False)
    assert ("300" in chinese, "1,200" in chinese, "装船" in chinese) == (True, False, True)
    nodes = tuple(replace(node, actual=node.expected) if node.milestone == "DEPART" else node for node in half.nodes)
    sailed = replace(half, nodes=nodes)
    late = reestimate(sailed, delay=reason(), to={"ARRIVE": MOVED["ARRIVE"]})
    english, chinese = (letter.body for letter in Case((late,), (sailed,), customer(ANNA, WANG), rule("delay")).letters())
    assert ("1,200" in english, "300" in english, "agreed" in english, "loading" in english.lower()) == (True, True, False, False)
    assert "装船" not in chinese


TEMPLATES: tuple[tuple[Template, Because], ...] = (
    ("delay", "delay_logged"),
    ("delay", "delay_updated"),
    ("correction", "delay_retracted"),
    ("dates", "actual_recorded"),
    ("promise", "promise_changed"),
)


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize(("template", "because"), TEMPLATES)
def test_no_letter_shows_what_is_ours_or_another_customers(cause: CauseCode, template: Template, because: Because) -> None:
    """Cause codes, our meaning of a cause, shipments' numbers, departments and others' orders stay inside."""
    theirs = order("SC-9999", "PO-OF-ANOTHER", (line("1", "Secret lamp", "7"),))
    delay = reason(cause) if because.startswith("delay") else None
    case = Case(
        (reestimate(FIRST, because=because, delay=delay, revision=9),), (FIRST, theirs), BOTH, rule(template), CASES["correction"].earlier
    )
    for letter in case.letters():
        text = letter.subject + letter.body
        assert len(case.letters()) == 2
        hidden: list[str] = [cause] if cause != "LOST" else []
        phrase = CAUSES[cause].phrase
        for meaning, said in ((CAUSES[cause].meaning.en, phrase.en), (CAUSES[cause].meaning.zh_cn, phrase.zh_cn)):
            if meaning and said and meaning not in said and len(meaning) > 2:
                hidden.append(meaning)
        for word in (*hidden, "SH-2026", "SC-9999", "PO-OF-ANOTHER", "Secret lamp", "sales", "purchasing"):
            assert word not in text


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_foreign_text_stays_in_its_place(item: str, po: str, name: str) -> None:
    """Whatever stands in an item, a PO or a name: one line of subject, no control characters, nothing evaluated."""
    made = order("SC-1", po, (line("1", item + "{{ 7*7 }}", "1"),))
    who = contact(name or "x", salutation=name)
    case = Case((reestimate(made, delay=reason()),), (made,), customer(who))
    (letter,) = case.letters()
    assert letter.subject.isprintable() or all(c.isprintable() or c == " " for c in letter.subject)
    assert "\r" not in letter.body
    assert "{{ 7*7 }}" in letter.body


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (4, "delayed. We are", "特此通报。给您"),
        (2, "due in part to the agreed", "。部分原因：约定"),
        (0, "due to the agreed", "。原因：约定"),
    ],
)
def test_a_delay_is_no_reason_for_what_days_did_before(days: int, english: str, chinese: str) -> None:
    """What was later already, and is told with it, is due to it in part or not at all."""
    event = reestimate(FIRST, delay=reason("CUS-PAY"))
    was = timedelta(days=days)
    nodes = tuple(one.model_copy(update={"before": one.before + was}) for one in event.nodes)
    lines = tuple(one.model_copy(update={"before": one.before + was}) for one in event.lines)
    letters = _by_reader(Case((event.model_copy(update={"nodes": nodes, "lines": lines}),), (FIRST,), BOTH))
    assert (english in letters[0].body, chinese in letters[1].body) == (True, True)


def test_a_text_in_one_language_only_is_read_by_both() -> None:
    case = Case((reestimate(FIRST, delay=reason(action=LocalText(zh_cn="改走空运。"))),), (FIRST,), BOTH)
    assert all("改走空运。" in letter.body for letter in case.letters())


@pytest.mark.parametrize(
    ("given", "language", "read"),
    [
        ("Dear Ms Nangolo,", "en", "Ms Nangolo"),
        ("dear Sirs", "en", "Sirs"),
        ("尊敬的王经理：", "zh-CN", "王经理"),
        ("王总", "zh-CN", "王总"),
        (" ", "en", "Sir or Madam"),
    ],
)
def test_a_salutation_is_not_said_twice(given: str, language: Language, read: str) -> None:
    assert salutation(contact("x", language, salutation=given), language) == read


def test_every_milestone_of_ours_has_words() -> None:
    for code in vocabulary.CHAIN:
        for language in LANGUAGES:
            assert code not in vocabulary.milestone(code, "sea", language)
    assert vocabulary.milestone("OWN_STEP", None, "en") == "milestone OWN_STEP"
    named = LocalText(en="fitting of labels", zh_cn="贴标")
    assert vocabulary.milestone("OWN_STEP", None, "zh-CN", named) == "贴标"
    assert [vocabulary.ordinal(n, "en") for n in (2, 10, 11, 21, 112)] == ["second", "tenth", "11th", "21st", "112th"]


def test_long_orders_are_cut_not_refused() -> None:
    big = order("SC-2", "4500200", tuple(line(str(n), f"Item number {n} with a rather long description", "5") for n in range(200)))
    case = Case((reestimate(big, delay=reason()),), (big,), customer(ANNA))
    (letter,) = case.letters()
    assert "and 180 more items" in letter.body
    assert len(letter.subject) < 250


@pytest.mark.parametrize(
    "text", ["{{ ''.__class__.__mro__ }}", "{{ x.append(1) }}", "{{ cycler.__init__.__globals__.os }}", "{{ missing }}"]
)
def test_templates_run_in_a_sandbox(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises((SecurityError, UndefinedError)):
        Templates(tmp_path).render("bad.txt", {"x": []})


def test_a_text_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("{% for n in range(99999) %}xx{% endfor %}")
    with pytest.raises(TooLong):
        Templates(tmp_path).render("long.txt", {})


def test_a_value_that_is_missing_is_an_error_not_a_gap() -> None:
    case = CASES["delay"]
    (notice, *_) = case.decided().notices
    writing = Writing(case.occasion(), notice, {FIRST.id: FIRST}, case.decided().due, case.earlier, case.to.signer, "en", case.today)
    assert write("delay", writing).subject
    assert HEARD


def test_a_letter_calls_no_day_that_is_over_expected_or_agreed() -> None:
    """Goods that were loaded, and nobody has recorded it: what is said of the vessel says nothing of them."""
    aboard = order("SC-1018", "4500124", (line("1", "LED tube", "5", told=PLANNED["DEPART"]),), delivery_point="DEPART")
    late = reestimate(aboard, delay=reason(), to={"ARRIVE": MOVED["ARRIVE"]})
    for today, told in ((PLANNED["DEPART"], True), (MOVED["DEPART"], False)):
        english, _ = (letter.body for letter in _by_reader(Case((late,), (aboard,), BOTH, today=today)))
        assert ("still expected Thu 12 March 2026" in english) == told, english
        assert "18 April 2026" in english


def test_a_line_whose_day_is_over_is_told_of_another_beside_one_that_was_promised_for_later() -> None:
    over = MOVED["DELIVERED"] - timedelta(days=1)
    beside = replace(BRACKET, shipment=LIGHTS[0].shipment)
    together = order(lines=(*LIGHTS, beside))
    for to in (MOVED, {"DELIVERED": MOVED["DELIVERED"]}):
        case = Case((reestimate(together, delay=reason(), to=to),), (together,), BOTH, today=over)
        english, chinese = (letter.body for letter in _by_reader(case))
        affected, _, other = english.partition("Unchanged:")
        assert "LED floodlight 50 W" in affected
        assert "Fri 24 April 2026 (was Mon 20 April 2026)" in " ".join(affected.split())
        assert "LED" not in other
        assert "2026年4月24日" in chinese


def test_what_is_not_affected_is_still_agreed_where_that_is_its_day() -> None:
    """It is expected some days before the day that is agreed."""
    ahead = replace(BRACKET, expected=BRACKET.promised - timedelta(days=5))
    made = order(lines=(*LIGHTS, ahead))
    english, chinese = (letter.body for letter in _by_reader(Case((reestimate(made, delay=reason()),), (made,), BOTH)))
    assert "Mounting bracket: 1,500 pcs, delivery still agreed by Mon 4 May 2026" in english
    assert "交货仍约定不晚于2026年5月4日(周一)" in chinese


@pytest.mark.parametrize(
    ("expected", "due"),
    [
        (BRACKET.promised + timedelta(days=4), None),
        (BRACKET.promised - timedelta(days=4), None),
        (BRACKET.promised + timedelta(days=4), BRACKET.promised),
    ],
)
def test_a_day_that_he_knows_is_not_said_to_stand_where_another_is_expected(expected: date, due: date | None) -> None:
    """Production's rate, or days on which nothing was recorded, which are told nobody, expect another day than he heard of last: of that
    line the letter says nothing."""
    was = BRACKET.promised
    rated = replace(BRACKET, promised=was - timedelta(days=9), expected=expected, due=due)
    made = order(lines=(*LIGHTS, rated))
    for body in (letter.body for letter in _by_reader(Case((reestimate(made, delay=reason()),), (made,), BOTH))):
        assert "LED floodlight 100 W" in body
        for unsaid in ("Mounting bracket", "4 May", "5月4日", "Unchanged:", "日期不变"):
            assert unsaid not in body


def test_goods_of_a_late_leg_have_no_day_where_the_one_he_knows_does_not_stand() -> None:
    """The departure moves, and with it one line's delivery: the other's is expected on a day that he is not told."""
    quiet = replace(BRACKET, shipment=LIGHTS[0].shipment, promised=PLANNED["DELIVERED"], expected=MOVED["DELIVERED"])
    first, second = (replace(one, promised=PLANNED["DELIVERED"]) for one in LIGHTS)
    made = order(lines=(first, second, quiet))
    moved = reestimate(made, delay=reason())
    some = moved.model_copy(update={"lines": moved.lines[:2]})
    alone = reestimate(made, delay=reason(), to={"DEPART": MOVED["DEPART"]})
    late = tuple(replace(one, expected=MOVED["DELIVERED"]) for one in made.lines)
    for event, before, delivery in ((some, made, True), (alone, replace(made, lines=late), False)):
        english, chinese = (letter.body for letter in _by_reader(Case((event,), (before,), BOTH)))
        assert ("Delivery expected Fri 24 April 2026" in english, "以下货物交货日期预计为2026年4月24日" in chinese) == (delivery, delivery)
        affected = english.split("Items affected:")[1].split("\n\n")[0]
        assert ("Mounting bracket" in affected, "LED" in affected) == (True, not delivery)
        assert all(unsaid not in english + chinese for unsaid in ("still", "仍", "4 May", "5月4日"))


def test_goods_sail_where_their_mode_says_so() -> None:
    """The same milestone before anybody knows how the goods travel, and once it is known."""
    mode: Mode | None
    for mode, named, read in (
        (None, "离港", "发运"),
        (None, None, "发运"),
        ("sea", "货物发出", "离港"),
        ("air", "离港", "起飞"),
        ("road", "离港", "发运"),
        ("courier", None, "发运"),
    ):
        name = LocalText(en="Goods sent", zh_cn=named) if named else None
        aboard = order("SC-1018", "4500124", (line("1", "LED tube", "5", told=PLANNED["DEPART"]),), delivery_point="DEPART")
        event = reestimate(aboard, delay=reason(), to={"DEPART": MOVED["DEPART"]}, transport=Transport(mode=mode))
        event = event.model_copy(update={"nodes": tuple(node.model_copy(update={"name": name}) for node in event.nodes)})
        english, chinese = _by_reader(Case((event,), (aboard,), BOTH))
        assert f"预计{read}由" in chinese.subject, (mode, named)
        assert f"- {read}：预计" in chinese.body
        assert "departure now expected" in english.subject


@pytest.mark.parametrize(("today", "reply", "news"), [(5, True, True), (6, False, True), (9, False, True), (10, False, False)])
def test_a_letter_asks_and_announces_nothing_for_a_day_that_is_over(today: int, reply: bool, news: bool) -> None:
    """An answer was wanted by 5 March, news were promised for the 9th: what is asked stays."""
    case = Case((reestimate(FIRST, delay=reason()),), (FIRST,), BOTH, today=date(2026, 3, today))
    english, chinese = (letter.body for letter in _by_reader(case))
    assert ("Please reply by" in english, "You will hear from us again on" in english) == (reply, news)
    assert ("前回复" in chinese, "再次向您通报进展" in chinese) == (reply, news)
    assert "What we need from you:" in english


def test_a_subject_names_no_milestone_whose_date_it_does_not_say() -> None:
    """One mail of orders that are delivered on board and at the door: their dates stand under the word for both."""
    aboard = order("SC-1018", "4500124", (line("1", "LED tube", "5", told=PLANNED["DEPART"]),), delivery_point="DEPART")
    case = Case((reestimate(aboard, delay=reason()), reestimate(FIRST, delay=reason())), (aboard, FIRST), BOTH)
    english, chinese = (letter.subject for letter in _by_reader(case))
    assert "delivery now expected Mon 16 March 2026 to Fri 24 April 2026" in english
    assert "预计交货由" in chinese
