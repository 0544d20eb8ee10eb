"""The server: runs trainings, streams them, and answers about them."""
