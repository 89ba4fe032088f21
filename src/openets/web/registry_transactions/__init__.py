"""Pages of the movements of units: kinds, register, own moves, approvals, certificates."""
