"""Rules over HTTP: everybody who follows orders reads them, managers change them."""

from pydantic import BaseModel, ConfigDict

from services.notifications.rules import store
from services.notifications.rules.domain import Condition, Rule
from shared.contracts.text import Both
from shared.problems import NotFound
from shared.web.auth import MANAGERS, WRITERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("rules")


class RuleList(BaseModel):
    items: list[Rule]


class ChangeRule(BaseModel):
    """What may be changed of a rule; its event, audience and template are what it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"condition": {"because": ["delay_logged", "delay_updated"], "materiality_days": 2}, "active": True}]
        },
    )

    condition: Condition
    active: bool


@routes.get("/api/notifications/rules", roles=WRITERS)
async def list_rules(call: Call) -> RuleList:
    """What is told to whom. Each rule names an event, who hears of it, and from how many days on."""
    return RuleList(items=await store.rules(call.tx))


@routes.get("/api/notifications/rules/{rule}", roles=WRITERS)
async def read_rule(call: Call, rule: str) -> Rule:
    """One rule."""
    return _known(next((one for one in await store.rules(call.tx) if one.name == rule), None), rule)


@routes.put("/api/notifications/rules/{rule}", roles=MANAGERS, if_match=True)
async def change_rule(call: Call, rule: str, body: ChangeRule) -> Rule:
    """Change a rule's condition, or switch it off or on. It holds for decisions from now on."""
    found = _known(await store.locked(call.tx, rule), rule)
    call.require_version(found.version)
    await store.change(call.tx, rule, body.condition, body.active)
    return found.model_copy(update={"condition": body.condition, "active": body.active, "version": found.version + 1})


def _known(rule: Rule | None, name: str) -> Rule:
    if rule is None:
        raise NotFound(Both(f"there is no rule {name}", f"没有规则 {name}"))
    return rule
