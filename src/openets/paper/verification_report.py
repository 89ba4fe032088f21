"""The verification report as a paper: who verified what, how, and with which result."""

from collections.abc import Sequence

from openets.casework.models import Document
from openets.mrv.figures import Figures, total_tco2e
from openets.paper.sheet import Column, Fact, PaperKind, Sheet, Table, Text
from openets.paper.sheets import Setting, grouped, minute
from openets.verification import queries as verification
from openets.verification.checklist import ITEMS
from openets.verification.findings import KINDS
from openets.verification.models import Visit, Work
from openets.verification.procedures import FINDING
from openets.verification.queries import FoundFinding
from openets.verification.team import PARTS


def verification_report(
    setting: Setting,
    work: Work,
    reported: Sequence[Figures],
    findings: Sequence[FoundFinding],
    photographs: Sequence[Document],
) -> Sheet:
    """The verification report (核查报告): team, documents, visits, findings, result.

    Source: CQETS-25.3, BJETS-25.
    """
    assert work.signed_at is not None, "only a signed report is printed"
    assert work.verified_tco2e is not None, "a signed report has its result"
    verified = f"{grouped(work.verified_tco2e)} tCO2e"
    name = work.organisation.name
    tables = (
        _team(work),
        _visits(work),
        _photographs(photographs),
        _documents_reviewed(work),
        _findings(findings),
        _workings(work),
    )
    return Sheet(
        kind=PaperKind.VERIFICATION,
        market=setting.market,
        synthetic=setting.synthetic,
        facts=[
            Fact(Text("报告编号", "Report no."), verification.serial(work)),
            Fact(Text("版本", "Version"), str(verification.version(work))),
            Fact(Text("被核查单位", "Entity"), name),
            Fact(Text("年度", "Year"), str(work.year)),
            Fact(Text("核查机构", "Body"), work.body.name),
            Fact(Text("报告排放量", "Reported"), f"{grouped(total_tco2e(reported))} tCO2e"),
            Fact(Text("核查排放量", "Verified"), verified),
            Fact(Text("签署", "Signed"), f"{work.signed_by} · {minute(work.signed_at)}"),
        ],
        sentence=Text(
            f"本机构对核查报告的真实性、准确性和完整性负责：{name} {work.year} 年度排放量为 "
            f"{verified}。",
            f"This body answers for the truth, accuracy and completeness of its report: {name} "
            f"emitted {verified} in {work.year}.",
        ),
        tables=[table for table in tables if table.rows],
    )


def _team(work: Work) -> Table:
    return _table(
        Text("核查组和技术复核人", "Team and reviewer"),
        [
            Text("职责", "Part"),
            Text("姓名", "Name"),
            Text("行业", "Industry"),
            Text("独立性声明", "Declared independent"),
        ],
        [
            [
                PARTS[member.part][0],
                member.verifier.person.display_name,
                member.verifier.industry,
                minute(member.declared_at) if member.declared_at else "",
            ]
            for member in work.team.select_related("verifier__person")
        ],
    )


def _visits(work: Work) -> Table:
    return _table(
        Text("现场核查", "Site visits"),
        [Text("时间", "Time"), Text("地点", "Place"), Text("访谈", "Questions")],
        [
            [f"{minute(visit.began_at)} — {minute(visit.ended_at)}", visit.place, _asked(visit)]
            for visit in work.visits.all()
        ],
    )


def _asked(visit: Visit) -> str:
    return "\n".join(
        f"{one['person']}：{one['question']} — {one['answer']}" for one in visit.questions
    )


def _photographs(photographs: Sequence[Document]) -> Table:
    return _table(
        Text("现场照片", "Photographs on site"),
        [Text("文件", "File"), Text("归档时间", "Filed at"), Text("SHA-256", "SHA-256")],
        [[one.name, minute(one.added_at), one.sha256] for one in photographs],
    )


def _documents_reviewed(work: Work) -> Table:
    return _table(
        Text("文件评审", "Document review"),
        [Text("项目", "Item"), Text("结论", "Outcome"), Text("证据和说明", "Evidence and note")],
        [
            [ITEMS[mark.item][0], "符合" if mark.is_right else "不符合", mark.note]
            for mark in verification.marks(work).values()
        ],
    )


def _findings(findings: Sequence[FoundFinding]) -> Table:
    return _table(
        Text("核查发现", "Findings"),
        [
            Text("序号", "No."),
            Text("类别", "Kind"),
            Text("发现", "Found"),
            Text("原因", "Cause"),
            Text("整改", "Correction"),
            Text("状态", "State"),
        ],
        [
            [
                str(row.finding.number),
                KINDS[row.finding.kind][0],
                row.finding.text,
                row.finding.cause,
                row.finding.correction,
                FINDING.states[row.state].zh,
            ]
            for row in findings
        ],
    )


def _workings(work: Work) -> Table:
    return _table(
        Text("取值说明", "How figures came to be"),
        [Text("数据", "Figure"), Text("各方数值", "Values named"), Text("取值", "Taken")],
        [
            [step["title_zh"], "；".join(given["value"] for given in step["given"]), step["result"]]
            for step in work.explanation
        ],
    )


def _table(title: Text, headings: Sequence[Text], rows: Sequence[Sequence[str]]) -> Table:
    return Table(title, [Column(heading) for heading in headings], rows)
