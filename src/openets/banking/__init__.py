"""The link to the settlement bank: orders go out, answers come in, each counts once."""
