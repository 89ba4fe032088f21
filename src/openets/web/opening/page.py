"""What the pages of openings show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openets.casework.models import Case
from openets.opening.models import Contact, FormerAccount, PaperReceipt, TemplatePack
from openets.opening.papers import Paper
from openets.opening.queries import Entitled
from openets.web.language import Said
from openets.web.parts import Status, Step


@dataclass(frozen=True, slots=True)
class Task:
    """A step of the applicant's path: what it is, how it stands, where to do it."""

    title: Said
    text: Said
    status: Status
    article: str
    href: str = ""
    verb: Said | None = None
    """What the link to it says; None where nothing is to be done."""


@dataclass(frozen=True, slots=True)
class GuidePage:
    """An applicant's way to its accounts (开户向导)."""

    organisation: str
    steps: Sequence[Step]
    tasks: Sequence[Task]
    missing: Sequence[Said]
    """Which of the two applications is not sent yet."""
    equity_number: str
    contacts: Sequence[Contact]


@dataclass(frozen=True, slots=True)
class FileRow:
    """A filed document and where to read it."""

    name: str
    label: Said
    size_bytes: int
    at: datetime
    href: str


@dataclass(frozen=True, slots=True)
class UploadRow:
    """A document an application asks for, its template, and what was uploaded."""

    paper: Paper
    files: Sequence[FileRow]
    template_href: str

    @property
    def label(self) -> Said:
        """Its name."""
        return Said(self.paper.zh, self.paper.en)

    @property
    def form(self) -> Said:
        """In which form it is asked for."""
        return Said(self.paper.form_zh, self.paper.form_en)


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper of the list: copies asked for and come in."""

    paper: Paper
    given: int

    @property
    def label(self) -> Said:
        """Its name."""
        return Said(self.paper.zh, self.paper.en)

    @property
    def form(self) -> Said:
        """In which form it is asked for."""
        return Said(self.paper.form_zh, self.paper.form_en)

    @property
    def is_complete(self) -> bool:
        """Whether enough copies are there."""
        return self.given >= self.paper.copies


@dataclass(frozen=True, slots=True)
class FactRow:
    """Something an applicant told."""

    label: Said
    value: str


@dataclass(frozen=True, slots=True)
class CasePart:
    """How a case of the room stands, for whoever looks at it."""

    case: Case
    title: Said
    state: Status
    steps: Sequence[Step]
    last_call: Said | None
    """What was said with the last decision, where the applicant has to act on it."""
    due_date: date | None
    facts: Sequence[FactRow]
    uploads: Sequence[UploadRow]
    others: Sequence[FileRow]
    """Documents the list does not ask for."""
    papers: Sequence[PaperRow]
    receipts: Sequence[PaperReceipt]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A case as the office that decides it sees it."""

    part: CasePart
    organisation: str
    role: Said
    applications: Sequence[Task]
    """How the applicant's two applications stand, the missing one named."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case in an office's queue."""

    case: int
    organisation: str
    procedure: Said
    state: Status
    moved_at: datetime
    due_date: date | None
    waits: bool
    """Whether the office has the next move."""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """The openings an office has to do with; those that wait for it first."""

    office: Said
    waiting: Sequence[QueueRow]
    others: Sequence[QueueRow]


@dataclass(frozen=True, slots=True)
class FormerPage:
    """The former register as imported, and what of it may be carried over."""

    accounts: Sequence[FormerAccount]
    entitled: Sequence[Entitled]
    locked_from: int


@dataclass(frozen=True, slots=True)
class DownloadPage:
    """The download centre."""

    packs: Sequence[TemplatePack]
    templates: Sequence[tuple[str, Said]]
    """Name and title of each template of a pack."""
