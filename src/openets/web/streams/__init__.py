"""The streams: market data as server-sent events, orders over a socket.

They run in a process with an event loop of their own (`config.asgi`), beside the pages.
"""
