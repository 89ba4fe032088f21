"""A trading day of the played market: what everybody holds, wants, moves, deposits and orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import batched

from openets.compliance import queries as compliance
from openets.compliance.offset_rules import OffsetRules, offset_cap_t
from openets.compliance.status import Standing
from openets.kernel.calendar import Calendar
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, UnitKind
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.simulation.agents import entity_intent, trader_intent
from openets.simulation.cast import Cast
from openets.simulation.positions import Intent, Move, Need, Position, Quote, Stock, Terms
from openets.simulation.tempers import Temper
from openets.trading.floor import Floor, NewOrder
