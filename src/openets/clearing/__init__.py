"""After the close: statements, objections, market reports and the risk reserve."""
