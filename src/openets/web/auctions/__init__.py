"""Pages of auctions: announcements, bids, results."""
