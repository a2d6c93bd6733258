"""Follows the change feed through every interruption."""

import asyncio
import random

from callers import PROFILES
from likeness.v1 import profile_service_pb2 as service
from likeness_rpc import Connection, RPCError


class Watcher:
    """`events` are (id, revision, kind) as they came. `trouble` is the answer that no honest follower should get."""

    def __init__(self, daemon, seed):
        self.daemon, self.chance, self.events, self.seen = daemon, random.Random(seed), [], set()
        self.token, self.streams, self.trouble, self.began = "", 0, None, asyncio.Event()

    async def run(self):
        while self.trouble is None:
            try:
                await self._follow()
            except RPCError as error:
                if error.code not in ("UNAVAILABLE", "CANCELLED", "RESOURCE_EXHAUSTED", "UNKNOWN"):
                    self.trouble = error
            except (OSError, EOFError, TimeoutError, ConnectionError):
                pass
            await asyncio.sleep(0.1)

    async def _follow(self):
        request = service.WatchProfilesRequest(resume_token=self.token)
        if not self.token:
            request.start = service.WATCH_START_NOW
        opening = Connection.open(self.daemon.client_file, host="127.0.0.1", port=self.daemon.port)
        async with await asyncio.wait_for(opening, 5) as connection:
            call = await connection.start(PROFILES + "WatchProfiles", service.WatchProfilesResponse, request)
            self.streams += 1
            breaking = asyncio.get_running_loop().call_later(self.chance.uniform(0.5, 5), connection.writer.transport.abort)
            try:
                async for answer in call:
                    for event in answer.events:
                        kind = service.ProfileEventKind.Name(event.kind).removeprefix("PROFILE_EVENT_KIND_")
                        self.events.append((event.id, event.revision, kind))
                        self.seen.add(event.id)
                    self.token = answer.resume_token or self.token
                    if self.token:
                        self.began.set()
            finally:
                breaking.cancel()
