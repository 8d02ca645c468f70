"""`python -m tcpchaos` is the command `tcpchaos`."""

from tcpchaos.cli import main

if __name__ == "__main__":
    main()
