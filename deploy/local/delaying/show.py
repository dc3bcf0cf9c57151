"""What the walk shows: what was found, what it would do, the texts, and who was told. Lines of plain text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from deploy.local.delaying.words import Words
from shared.contracts.codes import CAUSES
from shared.contracts.papers import DOCUMENTS
from shared.contracts.shipments import CUTOFFS
from shared.contracts.text import LocalText

Document = Mapping[str, Any]
MOST = 20
"""Of each thing at most so many are shown one by one."""


def found(words: Words, name: str, pages: Sequence[Document]) -> Iterator[str]:
    """The orders in the reader's sight, ranked where they are, others as counts."""
    orders = [order for page in pages for order in page["orders"]]
    yield words("found", orders=len({order["number"] for order in orders}), what=name)
    if orders and "rank" in orders[0]:
        for order in orders[:MOST]:
            worth = f"{order['value']} {order['currency']}" if order["value"] else ""
            yield "  " + "  ".join(
                part for part in (f"{order['rank']}.", order["number"], order["customer"], words(order["grade"]), worth) if part
            )
        yield from _more(words, len(orders))
    for one in pages[0].get("others", ()):
        yield "  " + words("of_others", **one)
    for link in pages[0].get("beside", ()):
        yield "  " + words("beside", link=link)
    for one in [one for page in pages for one in page.get("skipped", ())][:MOST]:
        yield "  " + words("left_out", number=one["number"], why=words(one["why"]))


def causes(words: Words) -> Iterator[str]:
    """The codes that a cause may have, with what each means."""
    yield from (f"  {code:<10} {cause.meaning.in_language(words.language)}" for code, cause in CAUSES.items())


def to_come(words: Words, milestones: Mapping[str, LocalText]) -> Iterator[str]:
    """The milestones that may be late, by code, each with its number."""
    yield words("to_come")
    yield from (f"  {number:>2}  {_milestone(words, code, name)}" for number, (code, name) in enumerate(milestones.items(), start=1))


def what_if(words: Words, pages: Sequence[Document]) -> Iterator[str]:
    yield words("what_if")
    orders = [{"milestone": page["milestone"], **order} for page in pages for order in page["orders"]]
    for order in orders[:MOST]:
        milestone = _milestone(words, order["milestone"], order["name"])
        yield "  " + words("moves", milestone=milestone, **_of(order, "number", "before", "after", "slack_before", "slack_after"))
        lines = sorted((line["before"], line["after"]) for line in order["lines"])
        for (before, after), same in groupby(lines):
            yield "  " + words("delivery", before=before, after=after, lines=len(list(same)))
        if order["at_risk"]:
            yield "  " + words("broken", lines=words("and").join(order["at_risk"]))
        if order["waiting"]:
            yield "  " + words("waits")
        for breach in order["breaches"]:
            yield "  " + words("breach", **_breach(words, breach))
    yield from _more(words, len(orders))


def standing(words: Words, known: Document, link: str, given: str) -> Iterator[str]:
    """What somebody has opened already, that `given` is not logged beside it, and how to say another day."""
    day = known["to"] or words("days_later", days=known["days"])
    yield words("known", who=known["opened_by"], status=words(f"is_{known['status']}"), day=day, link=link)
    yield words("not_logged", day=given)
    if known["status"] == "open":
        yield words("change_open", link=link)


def delayed(words: Words, orders: Sequence[Document]) -> Iterator[str]:
    """What became of the orders, and where to say their delays anew."""
    yield words("did")
    for order in orders[:MOST]:
        if order["state"] == "skipped":
            yield "  " + words("left_out", number=order["number"], why=words(order["why"]))
        elif order["state"] == "delayed":
            milestone = _milestone(words, order["milestone"], order["name"])
            yield "  " + words("moved", milestone=milestone, **_of(order, "number", "before", "after"))
    yield from _more(words, len(orders))
    for delay in list(dict.fromkeys(order["delay"] for order in orders if order["delay"]))[:MOST]:
        yield words("change_logged", link=f"/api/orders/delays/{delay}")


def _breach(words: Words, breach: Document) -> dict[str, object]:
    more = words("amend_by", day=breach["amend_by"]) if breach["amend_by"] else ""
    more += words("penalty", **_of(breach, "amount", "currency")) if breach["amount"] is not None else ""
    term = _term(words, breach["kind"], breach["term"])
    return {"kind": words(breach["kind"]), "term": term, **_of(breach, "deadline", "would_be"), "more": more}


def _term(words: Words, kind: str, term: Any) -> str:
    """What is missed. Cut-offs and documents have names; of others it is the number that people gave them."""
    if kind == "cutoff":
        return CUTOFFS[term].in_language(words.language)
    return DOCUMENTS[term].name.in_language(words.language) if kind == "document" else str(term)


def _milestone(words: Words, code: str, name: Document | LocalText | None) -> str:
    """Its name in the language of the walk, with the code beside it, by which it is asked for."""
    if name is None:
        return code
    return words("milestone", name=LocalText.model_validate(name).in_language(words.language), code=code)


def texts(words: Words, previews: Sequence[Document]) -> Iterator[str]:
    """Every text, and who would read none."""
    yield words("texts")
    customers = [customer for preview in previews for customer in preview["customers"]]
    for customer in customers:
        for notice in customer["notices"]:
            if notice["status"] == "queued":
                yield "  " + words("to", customer=customer["customer"], to=notice["to"], language=words(notice["language"]))
                yield from (words("untranslated", what=words(what)) for what in notice["untranslated"])
                yield from (f"    {line}".rstrip() for line in (notice["subject"], "", *notice["body"].splitlines()))
            else:
                key = "not_told" if notice["status"] == "suppressed" else "not_reached"
                yield "  " + words(key, customer=customer["customer"], why=words(notice["why"]))
    if any(customer["awaits_release"] for customer in customers):
        yield words("on_release")


def outcomes(words: Words, found: Sequence[Document], addresses: Mapping[str, str]) -> Iterator[str]:
    """Who was told, who waits, who need not hear and who cannot be reached, customer by customer."""
    yield words("outcome")
    said: list[tuple[str, str]] = []
    for outcome in found:
        for kind in ("told", "pending", "held", "unreachable"):
            for one in outcome[kind]:
                to, why = addresses.get(one["contact"] or "", one["subject"]), words(one["why"] or "")
                said.append((one["customer"], words(kind, customer=one["customer"], to=to, why=why)))
    for _, lines in groupby(sorted(said), itemgetter(0)):
        yield from ("  " + line for _, line in lines)


def addresses(previews: Iterable[Document]) -> dict[str, str]:
    """Where the contacts are written to, by contact, as the previews said."""
    notices = (notice for preview in previews for customer in preview["customers"] for notice in customer["notices"])
    return {notice["contact"]: notice["to"] for notice in notices if notice["contact"] and notice["to"]}


def _more(words: Words, count: int) -> Iterator[str]:
    if count > MOST:
        yield "  " + words("more", count=count - MOST)


def _of(document: Document, *names: str) -> dict[str, Any]:
    return {name: document[name] for name in names}
