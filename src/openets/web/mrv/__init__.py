"""Reports and verifications on the page of a case."""
