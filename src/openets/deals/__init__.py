"""Deals: trades of two who found each other, and picks of a listed price.

Serves CQETS 17 and AMB-39: negotiated transfer (协议转让), block deals (大宗交易), the open intents
that come before them (意向申报), and taking a listed price out of the book (挂牌点选). All of them
are made in the trading system: what a proposal promises is held like an order's, and what both
confirmed is settled at once.

It will not match anything: price and quantity are those both sides named.
"""
