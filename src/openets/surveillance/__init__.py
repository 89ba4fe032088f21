"""Surveillance: what the exchange watches for in a day of trading, and what became of it.

Serves CQETS-21, CQVER-25.2, CQETS-17.2 and the other jurisdictions' articles on risk. Patterns
(异常交易模式) are found by pure detectors over the orders and trades of a day; each alert is a
case with its evidence, which can be looked at again on the book as it stood. Reports of large
holders (大户报告) and the weekly risk report (风险周报) to the authorities are kept here.

It will not restrict, withdraw or cancel anything: what follows is a measure of the registry or an
intervention of the exchange.
"""
