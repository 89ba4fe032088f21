"""Web: the pages and the programming interface; shows what the rooms below remember.

Serves the requirements of system portal and every disclosure. A page is a view model (`page.py`),
a view that fills it from queries, and a template; each works without scripts.

It will not decide anything: a form calls an operation and shows its refusal with
article and remedy.
"""
