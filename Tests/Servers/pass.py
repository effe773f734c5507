#!/usr/bin/python3
"""Passes sockets to a program as a service manager does (sd_listen_fds(3)): pass.py PLACE[,PLACE] COMMAND …

A PLACE is HOST:PORT to listen at, `udp`, or `idle` for a socket that does not listen.
"""
import os
import socket
import sys


def made(place):
    if place == "udp":
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if place != "idle":
        host, port = place.split(":")
        sock.bind((host, int(port)))
        sock.listen()
    return sock


sockets = [made(place) for place in sys.argv[1].split(",")]
# Out of the way of the descriptors that the program looks for.
kept = [os.dup(sock.fileno()) for sock in sockets]
for number, descriptor in enumerate(kept, 3):
    os.dup2(descriptor, number, inheritable=True)
environment = dict(os.environ, LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(sockets)))
os.execvpe(sys.argv[2], sys.argv[2:], environment)
