"""Cases on the screen and on the wire: the trail, comments, documents, notices, batch decisions."""
