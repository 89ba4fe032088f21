"""Verification: the work of the bodies, from the draw to the result they sign.

Serves CQETS 25 and 31, CNETS 27 and 28, BJETS 24 and 25. The register of verification bodies
(核查机构) and their people, who may verify whom, the random draw (双随机), the team, document
review, site visit, findings, technical review, the signed result, the yearly assessment (考评).

It will not keep the number that binds, nor tell it or review it: that is mrv.
"""
