"""The case X5c: the changes of profiles, watched, resumed, and seen through a mask."""

from likeness.v1 import admin_service_pb2, mask_pb2, profile_pb2, profile_service_pb2
from likeness_rpc import CANCEL, END, MESSAGE, frame
from peer import Peer, credit
from suite import case, expect

PROFILES, ADMIN = "likeness.v1.ProfileService/", "likeness.v1.AdminService/"
KINDS, SLUG, MASK = profile_service_pb2.ProfileEventKind, "x5c-person", "conformance-x5c"


class Watch:
    """A stream that ends with a CANCEL. Its peer is its own while it is open: what comes while that waits for another answer is lost."""

    def __init__(self, peer, **request):
        self.peer = peer
        self.stream = peer.start(PROFILES + "WatchProfiles", profile_service_pb2.WatchProfilesRequest(**request))

    def answer(self):
        """The next one; the status of the stream's end in its place."""
        found = self.peer.expect(MESSAGE, END, stream=self.stream)
        if found.kind == END:
            return found.end()
        self.peer.send(credit(self.stream, len(found.payload)) + credit(0, len(found.payload)))
        return profile_service_pb2.WatchProfilesResponse.FromString(found.payload)

    def until(self, kind, id):
        """Kinds of the events of a profile, up to the first of one kind, and the answer that has it."""
        kinds = []
        while True:
            answer = self.answer()
            kinds += [KINDS.Name(event.kind).removeprefix("PROFILE_EVENT_KIND_") for event in answer.events if event.id == id]
            if kind in kinds:
                return kinds, answer

    def end(self):
        self.peer.send(frame(CANCEL, stream=self.stream))


def write(peer, **fields):
    person = profile_pb2.Profile(slug=SLUG, display_name=SLUG, **fields)
    answer = peer.call(PROFILES + "BatchUpsertProfiles", profile_service_pb2.BatchUpsertProfilesRequest(profiles=[person]),
                       answer=profile_service_pb2.BatchUpsertProfilesResponse)
    return answer.results[0].upserted.id


@case("X5c", "changes of profiles are watched from a snapshot on, resumed from an earlier answer, and seen through a mask",
      "each change once and in order, and again from the token; nothing of what the mask hides; INVALID_ARGUMENT for a token of "
      "another mask", server="product")
def _(world):
    with Peer(world.server) as peer, Peer(world.server) as watching, Peer(world.server) as seeing:
        hidden = mask_pb2.Mask(name=MASK, configuration=mask_pb2.MaskConfiguration(hidden_fields=["summary"]))
        peer.call(ADMIN + "CreateMask", admin_service_pb2.CreateMaskRequest(mask=hidden))
        id = write(peer, summary="first")
        key = profile_pb2.ProfileKey(id=id)
        watch = Watch(watching, start=profile_service_pb2.WATCH_START_SNAPSHOT, show_profiles=True)
        there, first = watch.until("EXISTING", id)
        masked = Watch(seeing, mask=MASK, show_profiles=True)
        begun = masked.answer()
        write(peer, summary="second")
        write(peer, summary="third", headline="shown")
        peer.call(PROFILES + "DeleteProfile", profile_service_pb2.DeleteProfileRequest(key=key))
        peer.call(PROFILES + "RestoreProfile", profile_service_pb2.RestoreProfileRequest(key=key))
        kinds = watch.until("RESTORED", id)[0]
        shown, last = masked.until("CREATED", id)
        watch.end()
        masked.end()
        again = Watch(watching, resume_token=first.resume_token)
        resumed = again.until("RESTORED", id)[0]
        again.end()
        stolen = Watch(watching, resume_token=begun.resume_token).answer()[0]
        peer.call(ADMIN + "EraseProfile", admin_service_pb2.EraseProfileRequest(key=key))
        peer.call(ADMIN + "DeleteMask", admin_service_pb2.DeleteMaskRequest(name=MASK))
        leaks = sum(event.profile.summary != "" or event.revision != 0 for event in last.events)
        every = ["UPDATED", "UPDATED", "DELETED", "RESTORED"]
        is_right = (there == ["EXISTING"] and kinds == resumed == every and shown == ["UPDATED", "DELETED", "CREATED"]
                    and leaks == 0 and stolen == "INVALID_ARGUMENT")
        return expect(is_right, f"first {there}, then {kinds}, resumed {resumed}; through the mask {shown} with {leaks} traces; "
                                f"its token without it {stolen}")
