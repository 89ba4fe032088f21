"""Supervision: how the bureau looks after the institutions and helps the entities.

Serves CQETS 5.2 to 5.4 and CQ208 section 5(2). The operating rules (业务规则) of registry and
exchange with their reviews, their periodic operating reports (运行报告), and the assistance groups
(帮扶小组) with the questions put to them.

It will not restrict or punish anybody.
"""
