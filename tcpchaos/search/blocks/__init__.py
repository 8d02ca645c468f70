"""The building blocks of strategies; their public names are those of `tcpchaos.search`."""
