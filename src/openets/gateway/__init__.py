"""Gateway: the way to the market floor, and what the floor tells the world.

Serves CQETS-17, CQETS-20, CQETS-5.4b: orders (交易申报) from other processes reach the floor in
bounded batches and are answered after the commit; depth, trades and the figures of the day
(行情) are numbered and published. A floor that ends is followed by another one that stood by.

It will not match, hold or settle, and not decide who may ask: trading does the first, whoever
takes a request in the second.
"""
