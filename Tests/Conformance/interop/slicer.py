"""A TCP proxy that passes everything on one byte at a time."""

import socket
import threading


class Slicer:
    """`with Slicer(host, port) as slicer:` listens on `slicer.port`."""

    def __init__(self, host, port):
        self.target, self.sockets = (host, port), []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.sockets:
            _close(one)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sockets.append(one)
            threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
            threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()


def _pass_on(source, sink):
    try:
        while data := source.recv(1 << 16):
            for index in range(len(data)):
                sink.send(data[index:index + 1])
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        _close(source)
        _close(sink)


def _close(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
