"""Eight callers that write, delete, restore, erase and read at random, and write down what they were answered."""

import asyncio
import json
import random
import time
import uuid
from dataclasses import replace

from likeness.rpc.v1 import error_details_pb2
from likeness.v1 import admin_service_pb2 as admin
from likeness.v1 import profile_pb2
from likeness.v1 import profile_service_pb2 as service
from likeness_rpc import CODES, Connection, RPCError
from record import DONE, REFUSED, UNKNOWN, Read, State, Write

PROFILES = "likeness.v1.ProfileService/"
# A call that ended so may have been done: it is repeated until it is known. ABORTED is, but for a condition of the caller's own.
REPEATED = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN", "RESOURCE_EXHAUSTED"}
CONDITIONS = {"REVISION_MISMATCH", "BATCH_UNDONE"}
HOT, SKILLS = 20, 30

KINDS = {"read": 18, "read many": 4, "create": 5, "headline": 18, "increment": 14, "add": 10, "remove": 5, "upsert": 5, "upsert all": 4,
         "delete": 2, "delete many": 1, "delete all": 1, "restore": 12, "revert": 2, "erase": 1}


def key(profile):
    return profile_pb2.ProfileKey(id=profile)


def state_of(profile):
    count = json.loads(profile.attributes_json or "{}").get("count", 0)
    return State(profile.headline, count, tuple(one.name for one in profile.skills), profile.HasField("delete_time"))


def reason_of(details):
    """The reason of an error, and its item's, where it has one."""
    for kind, value in details:
        if kind == "likeness.rpc.v1.ErrorInfo":
            return error_details_pb2.ErrorInfo.FromString(value).reason
    return ""


def reason_of_item(status):
    return reason_of([(one.type, one.value) for one in status.details])


class GivenUp(Exception):
    """The caller stopped asking what came of a call."""


class Crowd:
    """What the callers share: whom there is, and the record."""

    def __init__(self, daemon, seed, wanted):
        self.daemon, self.wanted = daemon, wanted
        self.chance = random.Random(seed)
        self.people, self.erased, self.free_slugs = [], [], []
        self.writes, self.reads = [], []
        self.number, self.repeats, self.lost = 0, 0, 0
        self.codes = {}

    def next_number(self):
        self.number += 1
        return self.number

    @property
    def is_over(self):
        return len(self.writes) >= self.wanted

    def pick(self):
        """One of the last few in most cases, so that callers meet; now and then one who was erased."""
        if self.erased and self.chance.random() < 0.02:
            return self.chance.choice(self.erased)
        if self.chance.random() < 0.7:
            return self.chance.choice(self.people[-HOT:])
        return self.chance.choice(self.people)

    def some(self, count):
        return list(dict.fromkeys(self.pick() for _ in range(count)))


class Caller:
    def __init__(self, crowd):
        self.crowd, self.chance = crowd, random.Random(crowd.chance.random())
        self.connection, self.was_unsure = None, False

    async def run(self):
        actions = {"read": self.read, "read many": self.read_many, "create": self.create, "headline": self.headline,
                   "increment": self.increment, "add": self.add, "remove": self.remove, "upsert": lambda: self.upsert(False),
                   "upsert all": lambda: self.upsert(True), "delete": self.delete, "delete many": lambda: self.delete_many(False),
                   "delete all": lambda: self.delete_many(True), "restore": self.restore, "revert": self.revert, "erase": self.erase}
        names, weights = list(KINDS), list(KINDS.values())
        while not self.crowd.is_over:
            name = self.chance.choices(names, weights)[0]
            if len(self.crowd.people) < HOT:
                name = "create"
            try:
                await actions[name]()
            except GivenUp:
                pass
        await self.close()

    async def close(self):
        if self.connection:
            await self.connection.__aexit__()
            self.connection = None

    # Calls

    async def connected(self):
        while self.connection is None or self.connection.leaving:
            await self.close()
            try:
                self.connection = await asyncio.wait_for(
                    Connection.open(self.crowd.daemon.client_file, host="127.0.0.1", port=self.crowd.daemon.port), 5)
            except (OSError, EOFError, TimeoutError, ConnectionError):
                await asyncio.sleep(0.05)
        return self.connection

    async def once(self, method, request, answer):
        """One try, which now and then loses its connection or its patience on the way."""
        connection = await self.connected()
        dice, timeout, breaking = self.chance.random(), 20, None
        if dice < 0.02:
            delay = self.chance.uniform(0, 0.01)
            breaking = asyncio.get_running_loop().call_later(delay, connection.writer.transport.abort)
        elif dice < 0.04:
            timeout = self.chance.uniform(0.001, 0.01)
        try:
            return await connection.unary(method, request, answer, timeout=timeout)
        finally:
            if breaking:
                breaking.cancel()

    async def settled(self, method, request, answer):
        """Repeats a call until its outcome is known. GivenUp when the caller stops before. Then `was_unsure` says whether an earlier
        try may have been carried out."""
        self.was_unsure = False
        while True:
            try:
                return await self.once(method, request, answer)
            except (OSError, EOFError) as error:
                failure = RPCError("UNAVAILABLE", str(error))
            except RPCError as error:
                failure = error
            self.crowd.codes[failure.code] = self.crowd.codes.get(failure.code, 0) + 1
            is_condition = reason_of(failure.details) in CONDITIONS
            if failure.code not in REPEATED and (failure.code != "ABORTED" or is_condition):
                raise failure
            self.was_unsure = self.was_unsure or not failure.not_processed
            self.crowd.repeats += 1
            if self.was_unsure and self.chance.random() < 0.1:
                self.crowd.lost += 1
                raise GivenUp
            await asyncio.sleep(self.chance.uniform(0.01, 0.1))

    async def written(self, writes, method, request, answer):
        """Makes a call that writes. Its answer, or None when it was refused; `writes` get what came of it."""
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        begun = time.monotonic()
        for one in writes:
            one.begun, one.ended = begun, float("inf")
            self.crowd.writes.append(one)
        try:
            said = await self.settled(method, request, answer)
        except RPCError as error:
            for one in writes:
                one.ended, one.outcome = time.monotonic(), REFUSED
                one.reason = f"{error.code} {reason_of(error.details)}"
                if one.kind == "erase" and error.code == "NOT_FOUND" and self.was_unsure:
                    one.outcome = DONE
            return None
        for one in writes:
            one.ended = time.monotonic()
        return said

    def write(self, kind, profile, value=None, **rest):
        return Write(self.crowd.next_number(), kind, profile, value, **rest)

    async def one(self, write, method, request, answer):
        """A write of one profile."""
        said = await self.written([write], PROFILES + method, request, answer)
        if said is not None:
            write.outcome, write.revision = DONE, said.profile.revision
        return said

    async def look(self, profile):
        """Reads a profile and writes down what was seen. None when it is not there."""
        begun = time.monotonic()
        try:
            said = await self.settled(PROFILES + "GetProfile", service.GetProfileRequest(key=key(profile)), service.GetProfileResponse)
        except RPCError as error:
            if error.code != "NOT_FOUND":
                raise
            self.crowd.reads.append(Read(profile, begun, time.monotonic()))
            return None
        self.crowd.reads.append(Read(profile, begun, time.monotonic(), said.profile.revision, state_of(said.profile)))
        return said.profile

    # What they do

    async def read(self):
        await self.look(self.crowd.pick())

    async def read_many(self):
        wanted, begun = self.crowd.some(8), time.monotonic()
        said = await self.settled(PROFILES + "BatchGetProfiles", service.BatchGetProfilesRequest(keys=[key(one) for one in wanted]),
                                  service.BatchGetProfilesResponse)
        ended = time.monotonic()
        for profile, one in zip(wanted, said.results):
            if one.HasField("profile"):
                self.crowd.reads.append(Read(profile, begun, ended, one.profile.revision, state_of(one.profile)))
            elif CODES[one.error.code] == "NOT_FOUND":
                self.crowd.reads.append(Read(profile, begun, ended))
            else:
                raise RuntimeError(f"BatchGetProfiles: {one.error.message}")

    async def create(self):
        profile, number = str(uuid.UUID(int=self.chance.getrandbits(128), version=4)), self.crowd.next_number()
        # Erased people's slugs are free for others.
        slug = self.crowd.free_slugs.pop() if self.crowd.free_slugs and self.chance.random() < 0.5 else f"person-{number}"
        write = self.write("create", profile, State(f"born {number}", 0, ()))
        person = profile_pb2.Profile(id=profile, slug=slug, display_name=f"Person {number}", headline=write.value.headline)
        if await self.one(write, "CreateProfile", service.CreateProfileRequest(profile=person), service.CreateProfileResponse):
            self.crowd.people.append(profile)

    async def create_surely(self):
        """Whom the feed tells of after all that was written before."""
        count = len(self.crowd.people)
        while len(self.crowd.people) == count:
            try:
                await self.create()
            except GivenUp:
                pass

    async def headline(self):
        write = self.write("headline", self.crowd.pick())
        write.value = f"headline {write.number}"
        request = service.UpdateProfileRequest(key=key(write.profile), profile=profile_pb2.Profile(headline=write.value))
        request.update_mask.paths.append("headline")
        await self.one(write, "UpdateProfile", request, service.UpdateProfileResponse)

    async def increment(self):
        """Reads, adds one and writes under the condition that no other has written meanwhile."""
        seen = await self.look(self.crowd.pick())
        if seen is None:
            return
        write = self.write("increment", seen.id, if_revision=seen.revision)
        request = service.UpdateProfileRequest(key=key(seen.id), if_revision=seen.revision)
        request.profile.attributes_json = json.dumps({"count": state_of(seen).count + 1})
        request.update_mask.paths.append("attributes_json")
        await self.one(write, "UpdateProfile", request, service.UpdateProfileResponse)

    async def add(self):
        write = self.write("add", self.crowd.pick())
        write.value = f"skill {write.number}"
        request = service.EditProfileRequest(key=key(write.profile))
        request.edits.add().add_skill.skill.name = write.value
        await self.one(write, "EditProfile", request, service.EditProfileResponse)

    async def remove(self):
        seen = await self.look(self.crowd.pick())
        if seen is None or not seen.skills:
            return
        for skill in self.chance.sample(list(seen.skills), max(1, len(seen.skills) - SKILLS)):
            write = self.write("remove", seen.id, skill.name)
            request = service.EditProfileRequest(key=key(seen.id))
            request.edits.add().remove_skill = skill.id
            if await self.one(write, "EditProfile", request, service.EditProfileResponse) is None:
                if write.reason.startswith("NOT_FOUND"):
                    write.reason = "NOT_FOUND remove"
                return

    async def upsert(self, is_atomic):
        seen = [one for one in [await self.look(profile) for profile in self.crowd.some(4)] if one is not None]
        if not seen:
            return
        request, writes, number = service.BatchUpsertProfilesRequest(atomic=is_atomic), [], self.crowd.next_number()
        for profile in seen:
            state = state_of(profile)
            profile.headline = f"upsert {number}"
            profile.attributes_json = json.dumps({"count": state.count + 1})
            value = State(profile.headline, state.count + 1, state.skills)
            writes.append(Write(number, "upsert", profile.id, value, if_revision=profile.revision, is_atomic=is_atomic))
            request.if_revisions.append(profile.revision)
            for name in ("revision", "create_time", "update_time", "delete_time"):
                profile.ClearField(name)
            request.profiles.append(profile)
        said = await self.written(writes, PROFILES + "BatchUpsertProfiles", request, service.BatchUpsertProfilesResponse)
        self.finish(writes, said, "upserted")

    def finish(self, writes, said, name):
        """What came of the items of a batch. Batches have no request_id: of one that was repeated the answer is that of the last try."""
        if said is None or (self.was_unsure and name == "upserted"):
            return
        for write, one in zip(writes, said.results):
            if self.was_unsure:
                self.crowd.writes.append(replace(write, number=self.crowd.next_number(), is_atomic=False, outcome=UNKNOWN))
            if one.HasField("error"):
                code, reason = CODES[one.error.code], reason_of_item(one.error)
                if code not in REPEATED and (code != "ABORTED" or reason in CONDITIONS):
                    write.outcome, write.reason = REFUSED, f"{code} {reason}"
            else:
                write.outcome, write.revision = DONE, getattr(one, name).revision

    async def delete(self):
        write = self.write("delete", self.crowd.pick())
        await self.one(write, "DeleteProfile", service.DeleteProfileRequest(key=key(write.profile)), service.DeleteProfileResponse)

    async def delete_many(self, is_atomic):
        number = self.crowd.next_number()
        writes = [Write(number, "delete", profile, is_atomic=is_atomic) for profile in self.crowd.some(3)]
        request = service.BatchDeleteProfilesRequest(keys=[key(one.profile) for one in writes], atomic=is_atomic)
        said = await self.written(writes, PROFILES + "BatchDeleteProfiles", request, service.BatchDeleteProfilesResponse)
        self.finish(writes, said, "deleted")

    async def restore(self):
        seen = await self.look(self.crowd.pick())
        if seen is None or not seen.HasField("delete_time"):
            return
        write = self.write("restore", seen.id)
        await self.one(write, "RestoreProfile", service.RestoreProfileRequest(key=key(seen.id)), service.RestoreProfileResponse)

    async def revert(self):
        seen = await self.look(self.crowd.pick())
        if seen is None or seen.revision < 2 or seen.HasField("delete_time"):
            return
        write = self.write("revert", seen.id, self.chance.randint(1, seen.revision - 1))
        request = service.RestoreRevisionRequest(key=key(seen.id), point=service.PointInTime(revision=write.value))
        await self.one(write, "RestoreRevision", request, service.RestoreRevisionResponse)

    async def erase(self):
        write = self.write("erase", self.crowd.pick())
        seen = await self.look(write.profile)
        said = await self.written([write], "likeness.v1.AdminService/EraseProfile", admin.EraseProfileRequest(key=key(write.profile)),
                                  admin.EraseProfileResponse)
        if said is not None:
            write.outcome = DONE
            if write.profile in self.crowd.people:
                self.crowd.people.remove(write.profile)
                self.crowd.erased.append(write.profile)
                # Of two who erase it one has it to give.
                if seen is not None:
                    self.crowd.free_slugs.append(seen.slug)
