"""A server that answers each line with the same line, and goes wrong in one way when a peer resets a connection."""

import os
import signal
import socket
import sys
import time


def ends(how: str) -> None:
    """Go wrong as a whole."""
    if how == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "exits":
        sys.exit("cannot go on")
    if how == "memory":
        print(
            "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010", file=sys.stderr, flush=True
        )
    if how == "traceback":
        print('Traceback (most recent call last):\n  File "x.py"\nKeyError: 7', file=sys.stderr, flush=True)
    if how == "hog":
        BALLAST.append(b"x" * (24 << 20))
    if how == "files":
        BALLAST.extend(open(os.devnull) for _ in range(30))  # noqa: SIM115
    while how == "spins":
        pass
    while how == "deaf":
        time.sleep(1)


BALLAST: list[object] = []


def serve(address: str, port: int, how: str) -> None:
    listener = socket.create_server((address, port))
    while True:
        connection, _ = listener.accept()
        BALLAST.append(connection)
        try:
            while octets := connection.recv(4096):
                connection.sendall(octets)
        except ConnectionError:
            if how == "leaks":
                continue
            ends(how)
            if how == "closes the port":
                listener.close()
                time.sleep(1000)
        if how != "never closes":
            BALLAST.remove(connection)
            connection.close()
        if how == "once":
            sys.exit(0)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])
