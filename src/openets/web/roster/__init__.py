"""The list of key emitting entities on the screen and on the wire."""
