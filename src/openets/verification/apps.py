"""Django's handle on the room."""

from django.apps import AppConfig


class Verification(AppConfig):
    """How reports are verified."""

    name = "openets.verification"
    label = "verification"

    def ready(self) -> None:
        """Let a work end with the report it is about."""
        # Models can be imported only now.
        from openets.mrv.ending import HANDLERS  # noqa: PLC0415
        from openets.verification.ending import end_work  # noqa: PLC0415

        HANDLERS["verification.work"] = end_work
