"""What carries each row of the catalogue: the cards, the code and the tests that name it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openets.rulebook.load import data_folder, law
from openets.rulebook.requirements import Requirement, citable
from openets.rulebook.traces import Trace, code_traces, test_traces

Places = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """For every id of the catalogue: the cards, the code and the tests that name it."""

    cards: Places
    code: Places
    tests: Places

    def state(self, row: Requirement) -> str:
        """One of tested, open and not software."""
        if not row.is_software:
            return "not software"
        return "tested" if row.id in self.tests else "open"


def gather(root: Path) -> tuple[Evidence, list[str]]:
    """Read cards, code and tests; the faults are ids that the catalogue does not have."""
    traces = [list(card_traces()), list(code_traces(root)), list(test_traces(root))]
    faults = [
        f"{trace.place}: {trace.id} is not in the catalogue"
        for kind in traces
        for trace in sorted(kind)
        if trace.id not in citable()
    ]
    return Evidence(*map(_by_id, traces)), faults


def card_traces() -> Iterator[Trace]:
    """The article and the reading of every card of every jurisdiction."""
    for folder in sorted(path.name for path in data_folder().iterdir() if path.is_dir()):
        for rule in law(folder):
            for cited in filter(None, (rule.cite.source, rule.reading)):
                yield Trace(cited, f"{folder} {rule.key}")


def _by_id(traces: Iterable[Trace]) -> Places:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for trace in sorted(set(traces)):
        places[trace.id].append(trace.place)
    return places
