"""Operating rules, operating reports and assistance on the screen and on the wire."""
