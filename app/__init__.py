"""Server: trains runs, streams them and serves their results."""
