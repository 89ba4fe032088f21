"""Small drawings as plain SVG text: no script and no style, as the strict policy wants."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from openets.kernel.quantity import Exact, plain


def spark(values: Sequence[int], label: str, width: int = 160, height: int = 40) -> SafeString:
    """Draw a line through `values` from the oldest to the newest."""
    if len(values) < 2:
        return SafeString("")
    low, span, inset = min(values), max(values) - min(values) or 1, 4
    points = [
        (
            inset + Decimal((width - 2 * inset) * i) / (len(values) - 1),
            height - inset - Decimal((height - 2 * inset) * (value - low)) / span,
        )
        for i, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return format_html(
        '<svg class="spark" viewBox="0 0 {w} {h}" preserveAspectRatio="none" '
        'role="img" aria-label="{label}">'
        '<polygon points="{left},{h} {line} {right},{h}"/><polyline points="{line}"/></svg>',
        w=width,
        h=height,
        label=label,
        line=line,
        left=f"{points[0][0]:.1f}",
        right=f"{points[-1][0]:.1f}",
    )


def bar(part: Exact, whole: Exact, tone: str = "") -> SafeString:
    """Draw the share of `part` in `whole`, at most the full width; `tone` names a colour class."""
    share = min(Decimal(plain(part)) / Decimal(plain(whole)), Decimal(1)) if whole else Decimal(0)
    return format_html(
        '<svg class="bar {tone}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="whole" width="100" height="6"/>'
        '<rect class="part" width="{width}" height="6"/></svg>',
        tone=tone,
        width=f"{max(share, Decimal(0)) * 100:.2f}",
    )
