"""Settlement: money, and the two legs of a trade together or not at all.

Serves CQETS 19, 22 and CQ208-A4.1.3. Cash accounts (资金账户) in fen, deposits and withdrawals,
payments, and delivery versus payment (货银对付) trade by trade.

It will not match orders, and it never nets one trade against another.
"""
