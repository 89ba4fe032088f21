"""Django's handle on the room."""

from django.apps import AppConfig


class Allocation(AppConfig):
    """Who gets how many allowances."""

    name = "openets.allocation"
    label = "allocation"

    def ready(self) -> None:
        """Let an allowance follow a corrected result."""
        # Models can be imported only now.
        from openets.allocation.operations import follow_correction  # noqa: PLC0415
        from openets.mrv.corrections import HANDLERS  # noqa: PLC0415

        HANDLERS["allocation.determination"] = follow_correction
