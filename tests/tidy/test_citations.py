"""What code and tests say they serve exists in the catalogue."""

from pathlib import Path

from openets.rulebook.evidence import gather


def test_every_marker_every_source_and_every_card_names_a_row_of_the_catalogue() -> None:
    _, faults = gather(Path(__file__).parents[2])
    assert faults == []
