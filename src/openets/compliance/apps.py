"""Django's handle on the room."""

from django.apps import AppConfig


class Compliance(AppConfig):
    """Duties and how they are met."""

    name = "openets.compliance"
    label = "compliance"

    def ready(self) -> None:
        """Let a duty and its offset cap follow a corrected result."""
        # Models can be imported only now.
        from openets.compliance.following import follow_by_cap, follow_by_duty  # noqa: PLC0415
        from openets.mrv.corrections import HANDLERS  # noqa: PLC0415

        HANDLERS["compliance.duty"] = follow_by_duty
        HANDLERS["compliance.offset_cap"] = follow_by_cap
