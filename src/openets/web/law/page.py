"""What the pages of the law show, gathered from the catalogue, the cards and the source tree."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import openets
from openets.rulebook.evidence import Evidence, gather
from openets.rulebook.load import ALWAYS, Rule, data_folder, law
from openets.rulebook.requirements import SOURCES, Requirement, requirements
from openets.web import workings
from openets.web.language import Said, say
from openets.web.parts import Choice, Status

STATES = {
    "tested": Status(Said("已测试", "Tested"), "good"),
    "open": Status(Said("待实现", "Open"), "warn"),
    "not software": Status(Said("非软件事项", "Not software")),
}
KINDS = {
    "operation": Said("操作", "Operation"),
    "parameter": Said("参数", "Parameter"),
    "formula": Said("算式", "Formula"),
    "deadline": Said("期限", "Deadline"),
    "right": Said("权利", "Right"),
    "permission": Said("权限", "Permission"),
    "disclosure": Said("公开", "Disclosure"),
    "penalty": Said("处罚", "Penalty"),
    "retention": Said("留存", "Retention"),
    "record": Said("记录", "Record"),
    "interface": Said("接口", "Interface"),
    "definition": Said("定义", "Definition"),
    "organisation": Said("组织", "Organisation"),
    "not-software": Said("非软件", "Not software"),
}
SYSTEMS = {
    "registry": Said("注册登记", "Registry"),
    "trading": Said("交易", "Trading"),
    "mrv": Said("监测报告核查", "MRV"),
    "allocation": Said("配额分配", "Allocation"),
    "compliance": Said("履约", "Compliance"),
    "supervision": Said("监督管理", "Supervision"),
    "crediting": Said("自愿减排", "Crediting"),
    "points": Said("碳普惠", "Points"),
    "portal": Said("门户", "Portal"),
    "interface": Said("系统接口", "Interface"),
    "none": Said("无", "None"),
}
SUBJECTS = {
    "alloc": Said("配额分配", "Allocation"),
    "calendar": Said("日历与期间", "Calendar"),
    "casework": Said("事项办理", "Casework"),
    "compliance": Said("履约", "Compliance"),
    "coverage": Said("覆盖范围", "Coverage"),
    "crediting": Said("自愿减排", "Crediting"),
    "disclosure": Said("信息公开", "Disclosure"),
    "ghg": Said("温室气体", "Greenhouse gases"),
    "labels": Said("名称", "Names"),
    "list": Said("名录", "List of entities"),
    "mrv": Said("监测报告核查", "MRV"),
    "notice": Said("告知与送达", "Notices"),
    "notice208": Said("208号通知", "Notice 208"),
    "offset": Said("抵销", "Offsets"),
    "parameters": Said("参数适用", "Use of parameters"),
    "participants": Said("交易主体", "Participants"),
    "penalty": Said("处罚", "Penalties"),
    "opening": Said("开户", "Opening"),
    "people": Said("人员与账号", "People"),
    "periods": Said("期间", "Periods"),
    "points": Said("碳积分", "Points"),
    "portal": Said("门户", "Portal"),
    "profile": Said("辖区", "Jurisdiction"),
    "registry": Said("注册登记", "Registry"),
    "rounding": Said("取整", "Rounding"),
    "settlement": Said("结算", "Settlement"),
    "supervision": Said("监督管理", "Supervision"),
    "surrender": Said("清缴", "Surrender"),
    "trading": Said("交易", "Trading"),
    "treasury": Said("有偿发放与资金", "Paid issue and money"),
    "units": Said("单位", "Units"),
    "verification": Said("第三方核查", "Verification"),
}
"""The files of the rulebook in words; a new file shows under its own name."""

KINDS_OF_VALUE = (
    Choice("cited", Said("有条文依据", "With an article")),
    Choice("assumed", Said("假定", "Assumed")),
    Choice("reading", Said("条文解读", "Reading")),
    Choice("not_set", Said("待设定", "Not set")),
)


TERMS = "terms."
"""Cards that say what a word means; they have a page of their own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter row of the requirements."""

    text: str = ""
    source: str = ""
    system: str = ""
    kind: str = ""
    state: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Asked":
        """What the address asks for; anything missing asks for all."""
        return cls(*(query.get(name, "").strip() for name in cls.__dataclass_fields__))

    def wants(self, row: Requirement, state: str) -> bool:
        """Whether a row passes every filter."""
        words = f"{row.id} {row.article} {row.title_zh} {row.title} {row.requirement}".lower()
        wanted = (
            (self.source, row.source),
            (self.system, row.system),
            (self.kind, row.kind),
            (self.state, state),
        )
        return self.text.lower() in words and all(w in ("", value) for w, value in wanted)


@dataclass(frozen=True, slots=True)
class Places:
    """Where one id of the catalogue lives."""

    cards: Sequence[str]
    code: Sequence[str]
    tests: Sequence[str]


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement with its state, its names in words and where it lives."""

    row: Requirement
    state: Status
    kind: Said
    system: Said
    places: Places


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a card as shown: `applies` says for when."""

    rule: Rule
    shown: str
    unit: str
    items: Sequence[str]
    applies: str
    status: Status | None


@dataclass(frozen=True, slots=True)
class Card:
    """All values of one parameter."""

    key: str
    title: str
    unit: str
    reading: str
    options: Sequence[tuple[str, bool]]
    """The readings one may choose, and whether each is the one in force here."""
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of an instrument, with its meaning in the words of the text."""

    term: Said
    meaning: Said
    source: str
    draft: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """The cards of one file of the rulebook."""

    name: str
    label: str
    cards: Sequence[Card]


@cache
def evidence() -> Evidence:
    """Where cards, code and tests name the catalogue; read once a process from the source tree."""
    found, _ = gather(Path(openets.__file__).parents[2])
    return found


def places(cited: str) -> Places:
    """Where one id lives."""
    found = evidence()
    return Places(*(kind.get(cited, ()) for kind in (found.cards, found.code, found.tests)))


def requirement_row(row: Requirement) -> RequirementRow:
    """A requirement as shown."""
    return RequirementRow(
        row=row,
        state=STATES[evidence().state(row)],
        kind=KINDS[row.kind],
        system=SYSTEMS[row.system],
        places=places(row.id),
    )


def requirement_rows(asked: Asked) -> list[RequirementRow]:
    """The requirements that pass the filters, in the order of the texts."""
    found = evidence()
    return [requirement_row(row) for row in requirements() if asked.wants(row, found.state(row))]


def counts() -> list[tuple[Status, int]]:
    """How many requirements stand in each state."""
    counted = Counter(evidence().state(row) for row in requirements())
    return [(status, counted[state]) for state, status in STATES.items()]


def choices() -> dict[str, list[Choice]]:
    """What the filter row offers."""
    return {
        "source": [Choice(source, source) for source in SOURCES],
        "system": [Choice(name, label) for name, label in SYSTEMS.items()],
        "kind": [Choice(name, label) for name, label in KINDS.items()],
        "state": [Choice(name, status.label) for name, status in STATES.items()],
    }


def jurisdictions() -> dict[str, str]:
    """The jurisdictions with a rulebook, by folder, with their names."""
    folders = sorted(path.name for path in data_folder().iterdir() if path.is_dir())
    return {folder: name_of(folder) for folder in folders}


def name_of(jurisdiction: str) -> str:
    """The name of a jurisdiction in the language of the page."""
    names = {rule.key: rule.text for rule in law(jurisdiction) if rule.key.startswith("profile.")}
    return say(names["profile.name_zh"], names["profile.name"])


def rules_citing(cited: str) -> list[tuple[str, Value]]:
    """Every value of every jurisdiction that cites an article or follows a reading."""
    return [
        (name, _value(rule))
        for jurisdiction, name in jurisdictions().items()
        for rule in law(jurisdiction)
        if cited in (rule.cite.source, rule.reading)
    ]


def terms(jurisdiction: str) -> list[Term]:
    """The terms that a jurisdiction's instruments define. Source: CQETS-33, CNETS-50, BJETS-35."""
    return [
        Term(
            Said(rule.title_zh, rule.title),
            Said(rule.cite.quote, str(rule.value)),
            rule.cite.source,
            rule.is_draft,
        )
        for rule in law(jurisdiction)
        if rule.key.startswith(TERMS)
    ]


def subjects(jurisdiction: str, *, text: str, only: str) -> list[Subject]:
    """The cards by subject, those whose words and kind are asked for."""
    by_key: dict[str, list[Rule]] = {}
    for rule in law(jurisdiction):
        is_asked = _is_kind(rule, only) and text.lower() in _words(rule)
        if is_asked and not rule.key.startswith(TERMS):
            by_key.setdefault(rule.key, []).append(rule)
    found: dict[str, list[Card]] = {}
    for key, rules in by_key.items():
        found.setdefault(key.partition(".")[0], []).append(_card(rules))
    return [Subject(name, str(SUBJECTS.get(name, name)), cards) for name, cards in found.items()]


def _is_kind(rule: Rule, only: str) -> bool:
    return {
        "cited": bool(rule.cite.source) and rule.is_set,
        "assumed": bool(rule.cite.assumed),
        "reading": bool(rule.reading),
        "not_set": not rule.is_set,
    }.get(only, True)


def _words(rule: Rule) -> str:
    return f"{rule.key} {rule.title} {rule.title_zh} {rule.cite.source} {rule.reading}".lower()


def _card(rules: Sequence[Rule]) -> Card:
    first = rules[0]
    chosen = {str(rule.value) for rule in rules}
    return Card(
        key=first.key,
        title=say(first.title_zh, first.title),
        unit=first.unit,
        reading=first.reading,
        options=[(_word(option), str(option) in chosen) for option in first.options],
        values=[_value(rule) for rule in rules],
    )


def _value(rule: Rule) -> Value:
    items = rule.value if isinstance(rule.value, list) else ()
    return Value(
        rule=rule,
        shown=_shown(rule),
        unit=rule.unit if _is_number(rule) else "",
        items=[_item(item) for item in items],
        applies=_applies(rule),
        status=_status(rule),
    )


def _shown(rule: Rule) -> str:
    if not rule.is_set:
        return "—"
    if isinstance(rule.value, list):
        return say(f"{len(rule.value)} 项", f"{len(rule.value)} items")
    return _word(rule.value)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    return workings.worded(str(value))


def _is_number(rule: Rule) -> bool:
    return rule.text.removeprefix("-").replace(".", "", 1).isdigit()


def _item(item: object) -> str:
    if isinstance(item, dict):
        if "zh" in item:
            return say(item["zh"], item["en"])
        return " · ".join(_word(value) for value in item.values())
    return " – ".join(map(_word, item)) if isinstance(item, list) else _word(item)


def _applies(rule: Rule) -> str:
    if rule.years:
        return ", ".join(map(str, sorted(rule.years)))
    if rule.period is None or rule.period == ALWAYS:
        return say("不限", "always") if rule.period else "—"
    end = rule.period.end
    start = rule.period.start.isoformat()
    return f"{start} – {end.isoformat()}" if end else say(f"{start} 起", f"from {start}")


def _status(rule: Rule) -> Status | None:
    if not rule.is_set:
        return Status(Said("待设定", "Not set"), "warn")
    if rule.is_draft:
        return Status(Said("征求意见稿", "Draft"), "info")
    return Status(Said("假定", "Assumed"), "warn") if rule.cite.assumed else None
