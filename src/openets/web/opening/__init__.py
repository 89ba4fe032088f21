"""Pages of opening accounts: the applicant's guided path, the offices' queues, the downloads."""
