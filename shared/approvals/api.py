"""Approvals over HTTP: what waits for whom, yes and no, and the rules."""

from uuid import UUID

from shared.approvals import domain, store, words
from shared.approvals.desk import Approvals, Kind, actor_of, keep
from shared.approvals.domain import ApprovalOver, NotTheDecider, OwnRequest, Request, SubjectChanged
from shared.approvals.models import Approve, Refuse, RequestShown, RequestsQuery, RuleList, RuleShown, Withdraw
from shared.approvals.rules import Rule, misfits, strangers
from shared.directory import owners_seen
from shared.problems import NotFound, Stale, require_none
from shared.web.auth import ANYONE, MANAGERS
from shared.web.call import Call
from shared.web.paging import Page
from shared.web.routes import Routes

_DECIDING = (NotFound, OwnRequest, NotTheDecider, ApprovalOver)


def routes_of(approvals: Approvals) -> Routes:
    """The routes of one service, under its own path."""
    routes = Routes("approvals")
    _requests(routes, f"/api/{approvals.service}/approvals", approvals)
    _rules(routes, f"/api/{approvals.service}/approval-rules", approvals)
    return routes


def _requests(routes: Routes, path: str, approvals: Approvals) -> None:
    one = path + "/{approval}"

    @routes.get(path, roles=ANYONE)
    async def list_approvals(call: Call, query: RequestsQuery) -> Page[RequestShown]:
        """List requests for approval, the newest first. Of what the caller sees, asked or may decide."""
        actor = await actor_of(call.tx, call.principal, call.now)
        return await store.listed(call.tx, query, actor, await _owners(call))

    @routes.get(one, roles=ANYONE, problems=(NotFound,))
    async def read_approval(call: Call, approval: UUID) -> RequestShown:
        """Read a request for approval. With everything that was done about it."""
        return await _show(call, approval)

    @routes.post(one + "/approval", roles=ANYONE, problems=(*_DECIDING, SubjectChanged))
    async def approve(call: Call, approval: UUID, body: Approve) -> RequestShown:
        """Approve one level. With the last one the command is carried out at once.

        Refused as changed when what it is about is not any more what was asked about: then it has to be asked anew.
        """
        seen = await _seen(call, approval)
        # The subject is locked before the request, as when it was asked.
        opened = await _kind(approvals, seen.kind).open(call.tx, seen, call.now)
        request = await _locked(call, approval)
        actor, staff = await actor_of(call.tx, call.principal, call.now), await store.staff(call.tx)
        change = domain.approve(request, actor, body.level, body.reason, staff=staff, now=call.now)
        if opened.version != request.subject.version:
            raise SubjectChanged(words.changed(request.subject.number))
        carry_out = opened.prepare()
        await keep(call.tx, call.stamp(), approvals.told, change)
        if change.request.status == "granted":
            await carry_out(call.stamp())
        return await _show(call, approval)

    @routes.post(one + "/refusal", roles=ANYONE, problems=_DECIDING)
    async def refuse(call: Call, approval: UUID, body: Refuse) -> RequestShown:
        """Refuse a request, with the reason. Nothing is carried out; the requester is told."""
        await _show(call, approval)
        request = await _locked(call, approval)
        actor = await actor_of(call.tx, call.principal, call.now)
        await keep(call.tx, call.stamp(), approvals.told, domain.refuse(request, actor, body.reason))
        return await _show(call, approval)

    @routes.post(one + "/withdrawal", roles=ANYONE, problems=(NotFound, NotTheDecider, ApprovalOver))
    async def withdraw(call: Call, approval: UUID, body: Withdraw) -> RequestShown:
        """Withdraw a request of one's own."""
        await _show(call, approval)
        request = await _locked(call, approval)
        await keep(call.tx, call.stamp(), approvals.told, domain.withdraw(request, call.principal.login, body.reason))
        return await _show(call, approval)


def _rules(routes: Routes, path: str, approvals: Approvals) -> None:
    @routes.get(path, roles=ANYONE)
    async def list_approval_rules(call: Call) -> RuleList:
        """List the approval rules. Which commands wait for whose approval."""
        return RuleList(items=tuple(await store.rules(call.tx, [kind.name for kind in approvals.kinds])))

    @routes.get(path + "/{kind}", roles=ANYONE, problems=(NotFound,))
    async def read_approval_rule(call: Call, kind: str) -> RuleShown:
        """Read the rule of one kind of command."""
        return await _rule(call, _kind(approvals, kind).name)

    @routes.put(path + "/{kind}", roles=MANAGERS, if_match=True, problems=(NotFound, Stale))
    async def change_approval_rule(call: Call, kind: str, body: Rule) -> RuleShown:
        """Write the rule of one kind of command anew. It holds for what is asked from now on; what waits goes on as it was asked."""
        require_none(misfits(body, _kind(approvals, kind).measure))
        known = await _rule(call, kind)
        call.require_version(known.version)
        at_work = {one.login for one in await store.staff(call.tx)}
        require_none(strangers(body, at_work, await approvals.departments(call.tx)))
        return known if known.rule == body else await store.save_rule(call.tx, kind, known.version + 1, body, call.stamp())


async def _owners(call: Call) -> list[str] | None:
    return await owners_seen(call.tx, call.principal, call.now)


async def _show(call: Call, approval: UUID) -> RequestShown:
    found = await store.shown(call.tx, approval, await actor_of(call.tx, call.principal, call.now), await _owners(call))
    if found is None:
        raise _unknown(approval)
    return found


async def _seen(call: Call, approval: UUID) -> Request:
    await _show(call, approval)
    found = await store.read(call.tx, approval)
    if found is None:
        raise _unknown(approval)
    return found


async def _locked(call: Call, approval: UUID) -> Request:
    found = await store.lock(call.tx, approval)
    if found is None:
        raise _unknown(approval)
    return found


def _unknown(approval: UUID) -> NotFound:
    return NotFound(words.no_request(approval))


def _kind(approvals: Approvals, name: str) -> Kind:
    found = approvals.kind(name)
    if found is None:
        raise NotFound(words.no_rule(name))
    return found


async def _rule(call: Call, kind: str) -> RuleShown:
    found = await store.rule(call.tx, kind)
    if found is None:
        raise NotFound(words.no_rule(kind))
    return found
