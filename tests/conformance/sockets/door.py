"""The one address that all clusters dial: it leads to one of several servers, and shuts all connections when it leads to another."""

import asyncio
import threading

CHUNK = 65536


class Door:
    def __init__(self):
        self.target, self.open, self.loop = None, set(), asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.server = self.wait(asyncio.start_server(self.enter, "0.0.0.0", 0))
        self.port = self.server.sockets[0].getsockname()[1]

    def wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    async def enter(self, reader, writer):
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        pair = (writer, inner_writer)
        self.open.update(pair)
        await asyncio.gather(self.carry(reader, inner_writer), self.carry(inner_reader, writer))
        self.open.difference_update(pair)

    @staticmethod
    async def carry(reader, writer):
        try:
            while data := await reader.read(CHUNK):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    async def shut(self):
        for writer in list(self.open):
            writer.close()

    def lead_to(self, port):
        self.target = port
        self.wait(self.shut())

    def close(self):
        self.wait(self.shut())
        self.loop.call_soon_threadsafe(self.loop.stop)
