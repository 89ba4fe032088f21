"""Orders for programs, by request or over a socket."""
