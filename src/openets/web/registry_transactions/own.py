"""A holder moves its units between its own accounts, or cancels them for good."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import operations
from openets.registry import queries as registry
from openets.registry.kinds import ACCOUNT_TITLES, AccountKind, UnitKind
from openets.registry.queries import Holding
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, must_reach, within
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.parts import Choice
from openets.web.registry_transactions.forms import CancelForm, MoveForm
from openets.web.registry_transactions.page import line, lot_choices


@require_http_methods(["GET", "HEAD", "POST"])
@within("transaction.move_to_trading")
def own(request: HttpRequest) -> HttpResponse:
    """Both forms with what is held, the latest movements, and one's certificates."""
    holder = parties.organisation(acting_of(request).organisation)
    acting = must_reach(request, "transaction.move_to_trading", holder)
    held = registry.holdings(holder)
    home = [h for h in held if h.account_kind == AccountKind.REGISTRY]
    move = MoveForm.of(request, held=_classes(held), lots=lot_choices(held))
    cancel = CancelForm.of(request, held=_classes(home), lots=lot_choices(home))
    leave = acted(request, move, lambda data: _move(request, acting, holder, data)) or acted(
        request, cancel, lambda data: _cancel(request, acting, holder, data)
    )
    if leave:
        return leave
    today, rules = clock.today(request), law(settings.JURISDICTION)
    context = {
        "holder": holder,
        "held": [
            (words.lot_label(h.lot), words.lot_note(h.lot), _account(h.account_kind), h)
            for h in held
        ],
        "free_t": registry.free_to_move({holder.pk: held}, law=rules, day=today)[holder.pk],
        "move": move,
        "cancel": cancel,
        "latest": [line(row) for row in registry.transactions(holder, 8)],
        "certificates": registry.certificates_of(holder),
    }
    status = max(move.status, cancel.status)
    return render(request, "web/registry_transactions/own.html", context, status=status)


def _classes(held: Sequence[Holding]) -> list[Choice]:
    """The units and vintages that are held, with what may be used of each."""
    sums: dict[tuple[str, int], int] = {}
    for holding in held:
        key = holding.lot.kind, holding.lot.vintage_year
        sums[key] = sums.get(key, 0) + holding.available_t
    return [
        Choice(f"{unit}/{vintage}", _class(unit, vintage, available))
        for (unit, vintage), available in sorted(sums.items())
    ]


def _account(kind: str) -> Said:
    return Said(*ACCOUNT_TITLES[AccountKind(kind)])


def _class(unit: str, vintage: int, available: int) -> Said:
    name, amount = words.UNITS[UnitKind(unit)], grouped(available)
    return Said(
        f"{vintage} 年{name.zh}（可用 {amount} 吨）", f"{vintage} {name.en} ({amount} t available)"
    )


def _asked(data: dict[str, Any]) -> dict[str, Any]:
    unit, _, vintage = data["units"].partition("/")
    return {
        "unit": UnitKind(unit),
        "vintage_year": int(vintage),
        "amount_t": Tonnes(data["amount"]),
        "reference": data["reference"],
        "lots": data["lots"],
        "law": law(settings.JURISDICTION),
    }


def _move(request: HttpRequest, acting: Acting, holder: Organisation, data: dict[str, Any]) -> Done:
    operations.move_between_own(
        holder=holder, kind=data["kind"], acting=acting, at=clock.now(request), **_asked(data)
    )
    moved = grouped(data["amount"])
    return Done(reverse("own_moves"), Said(f"已划转 {moved} 吨", f"{moved} t moved"))


def _cancel(
    request: HttpRequest, acting: Acting, holder: Organisation, data: dict[str, Any]
) -> Done:
    made = operations.cancel_voluntarily(
        holder=holder,
        beneficiary=data["beneficiary"],
        reason=data["reason"],
        code=operations.new_code(),
        acting=acting,
        at=clock.now(request),
        **_asked(data),
    )
    gone = grouped(data["amount"])
    said = Said(f"已注销 {gone} 吨，证书可公开核验", f"{gone} t cancelled; anyone may verify it")
    return Done(reverse("certificate", args=[made.code]), said)
