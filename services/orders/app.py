"""The orders service: what was promised, and where it stands."""

from pathlib import Path

from services.orders.advice import api as advice
from services.orders.approvals.domain import told
from services.orders.arrivals import api as arrivals
from services.orders.arrivals import handlers as arrivals_handlers
from services.orders.calendars import api as calendars
from services.orders.calendars import handlers as calendars_handlers
from services.orders.cancelling import api as cancelling
from services.orders.chases import answers
from services.orders.chases import api as chases
from services.orders.chases import handlers as chases_handlers
from services.orders.clauses import api as clauses
from services.orders.clauses import handlers as clauses_handlers
from services.orders.codes import api as codes
from services.orders.contacts import handlers as contacts_handlers
from services.orders.corrections import api as corrections
from services.orders.credits import api as credits
from services.orders.credits import handlers as credits_handlers
from services.orders.customs import api as customs
from services.orders.cutoffs import api as cutoffs
from services.orders.cutoffs import handlers as cutoffs_handlers
from services.orders.delays import api as delays
from services.orders.delays import handlers as delays_handlers
from services.orders.delays import simulations
from services.orders.disruptions import api as disruptions
from services.orders.disruptions import handlers as disruptions_handlers
from services.orders.documents import api as documents
from services.orders.documents import handlers as documents_handlers
from services.orders.estimates import api as estimates
from services.orders.exceptions import api as exceptions
from services.orders.exceptions import handlers as exceptions_handlers
from services.orders.inspections import api as inspections
from services.orders.inspections import handlers as inspections_handlers
from services.orders.intake import api as intake
from services.orders.intake.handlers import TASK
from services.orders.lateness import api as lateness
from services.orders.lateness import handlers as lateness_handlers
from services.orders.materials import api as materials
from services.orders.materials import handlers as materials_handlers
from services.orders.milestones import api as milestones
from services.orders.orders import api as orders
from services.orders.planning import api as plans
from services.orders.planning import handlers as plans_handlers
from services.orders.production import api as production
from services.orders.production import handlers as production_handlers
from services.orders.promises import api as promises
from services.orders.promises.handlers import PROMISE_LATER
from services.orders.requests import api as requests
from services.orders.revising import api as revising
from services.orders.risks import api as risks
from services.orders.risks import handlers as risks_handlers
from services.orders.shipments import api as shipments
from services.orders.shipments import regrouping, rolling
from services.orders.splitting import api as splitting
from services.orders.stock import api as stock
from services.orders.stock import handlers as stock_handlers
from services.orders.suppliers import api as suppliers
from services.orders.tasks import handlers as tasks_handlers
from services.orders.templates import api as templates
from services.orders.templates import store as templates_store
from services.orders.tracking import api as tracking
from services.orders.tracking import handlers as tracking_handlers
from services.orders.tracking import store as tracking_store
from services.orders.work import api as work
from shared.approvals.api import routes_of
from shared.approvals.desk import Approvals
from shared.directory import HANDLERS, forget
from shared.service import Service

APPROVALS = Approvals("orders", told, kinds=(PROMISE_LATER,), departments=templates_store.working)

SERVICE = Service(
    name="orders",
    migrations=Path(__file__).with_name("migrations"),
    routes=(
        orders.routes,
        cancelling.routes,
        milestones.routes,
        corrections.routes,
        promises.routes,
        requests.routes,
        delays.routes,
        simulations.routes,
        disruptions.routes,
        estimates.routes,
        exceptions.routes,
        advice.routes,
        inspections.routes,
        risks.routes,
        chases.routes,
        answers.routes,
        lateness.routes,
        credits.routes,
        clauses.routes,
        documents.routes,
        customs.routes,
        materials.routes,
        shipments.routes,
        regrouping.routes,
        rolling.routes,
        splitting.routes,
        cutoffs.routes,
        arrivals.routes,
        suppliers.routes,
        templates.routes,
        plans.routes,
        revising.routes,
        calendars.routes,
        codes.routes,
        intake.routes,
        routes_of(APPROVALS),
        tracking.routes,
        production.routes,
        stock.routes,
        work.routes,
    ),
    handlers=(*HANDLERS, *contacts_handlers.HANDLERS),
    timers={
        **delays_handlers.TIMERS,
        **calendars_handlers.TIMERS,
        **plans_handlers.TIMERS,
        **exceptions_handlers.TIMERS,
        **lateness_handlers.TIMERS,
        **chases_handlers.TIMERS,
        **credits_handlers.TIMERS,
        **clauses_handlers.TIMERS,
        **cutoffs_handlers.TIMERS,
        **arrivals_handlers.TIMERS,
        **documents_handlers.TIMERS,
        **materials_handlers.TIMERS,
        **production_handlers.TIMERS,
        **stock_handlers.TIMERS,
        **inspections_handlers.TIMERS,
        **tracking_handlers.TIMERS,
        **APPROVALS.timers,
    },
    tidies=(tracking_store.forget,),
    tasks=(TASK, calendars_handlers.take_lists, disruptions_handlers.disruptions, risks_handlers.warnings, tasks_handlers.tasks),
    forgets=(forget,),
)
