"""The desk of whoever signed in: what to do now, by when, and where one stands."""
