"""Opening: how participants come to their accounts (开户).

Registry accounts of old and new users (CQ208 annex 3), trading and cash accounts with the paper
they take (annex 4), and the accounts of companies on the Tanhuitong platform (annex 5, part 1). The
accounts themselves are the registry's and settlement's, certification is crediting's; here stand
the cases that lead there, the imported former register, contacts, receipts of paper and templates.

It will not move units or money, and it will not carry old holdings over by itself.
"""
