"""Annual reports, monitoring plans and their publication."""
