"""Simulation: a synthetic but calibrated Chongqing market year, drawn from a seed.

The list of key emitting entities and the law are real. Everything drawn here is synthetic
(合成数据): lines, output, emissions, reports, prices, tempers, investors and who fails. None of it
states anything about a company on the list, and whoever shows it must mark it so.

`operating` draws what the entities produced and emitted, `tempers` who takes part and how they
are, `agents` what they want to trade on a day, `failures` who misses a duty on purpose;
`calibration.yaml` and `agents.yaml` hold every number of the model, with a source or the word
assumed. The same seed gives the same market on every machine.

The room will not decide anything the law decides: no allowance, gap, limit or deadline is computed
here, they are computed by the rooms that own them and come back as arguments.
"""
