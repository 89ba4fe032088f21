"""Pages of the verification bodies and their work, and the interface to them."""
