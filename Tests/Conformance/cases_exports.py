"""The case X5d: profiles exported, through a mask and to a client that takes small frames."""

import time

from likeness.v1 import admin_service_pb2, mask_pb2, profile_pb2, profile_service_pb2
from likeness_rpc import END, MESSAGE
from peer import Peer, credit
from suite import case, expect

PROFILES, ADMIN = "likeness.v1.ProfileService/", "likeness.v1.AdminService/"
FRAME_BYTES_MAX = 1


def export(peer, **request):
    """The messages of an export and its status."""
    stream = peer.start(PROFILES + "ExportProfiles", profile_service_pb2.ExportProfilesRequest(**request))
    answers = []
    while True:
        found = peer.expect(MESSAGE, END, stream=stream)
        if found.kind == END:
            return answers, found.end()[0]
        peer.send(credit(stream, len(found.payload)) + credit(0, len(found.payload)))
        answers.append(profile_service_pb2.ExportProfilesResponse.FromString(found.payload))


@case("X5d", "profiles are exported by a filter: as they are, through a mask, by what the mask hides, with a large one to a client that takes small frames",
      "each once and by id, and in the last message how many; nothing of what the mask hides, INVALID_ARGUMENT for a filter on it; the large one named, "
      "and the others there", server="product")
def _(world):
    mark = f"x5d{time.time_ns()}"
    with Peer(world.server) as peer, Peer(world.server, settings={FRAME_BYTES_MAX: 32 << 10}) as small:
        mask = f"conformance-{mark}"
        hidden = mask_pb2.Mask(name=mask, configuration=mask_pb2.MaskConfiguration(hidden_fields=["summary"]))
        peer.call(ADMIN + "CreateMask", admin_service_pb2.CreateMaskRequest(mask=hidden))
        people = [profile_pb2.Profile(slug=f"{mark}-{number}", display_name=mark, summary="zyxhidden", tags=[mark]) for number in range(5)]
        people[0].experiences.extend([profile_pb2.Experience(description="x" * 15_000)] * 4)
        answer = peer.call(PROFILES + "BatchUpsertProfiles", profile_service_pb2.BatchUpsertProfilesRequest(profiles=people),
                           answer=profile_service_pb2.BatchUpsertProfilesResponse)
        ids = [one.upserted.id for one in answer.results]
        wanted = f'tags:"{mark}"'
        plain, ended = export(peer, filter=wanted)
        shown, _ = export(peer, filter=wanted, mask=mask)
        asked = export(peer, filter='summary:"zyxhidden"', mask=mask)
        fitting, _ = export(small, filter=wanted)
        for id in ids:
            peer.call(ADMIN + "EraseProfile", admin_service_pb2.EraseProfileRequest(key=profile_pb2.ProfileKey(id=id)))
        peer.call(ADMIN + "DeleteMask", admin_service_pb2.DeleteMaskRequest(name=mask))
        found = [[profile.id for one in messages for profile in one.profiles] for messages in (plain, shown, fitting)]
        traces = sum(b"zyxhidden" in one.SerializeToString() for one in shown)
        named = [id for one in fitting for id in one.too_large_ids]
        totals = [messages[-1].totals.profiles for messages in (plain, shown, fitting)]
        early = sum(one.HasField("totals") for messages in (plain, shown, fitting) for one in messages[:-1])
        is_right = (ended == "OK" and found[0] == found[1] == sorted(ids) and found[2] == sorted(ids[1:]) and traces == 0
                    and asked == ([], "INVALID_ARGUMENT") and named == ids[:1] and totals == [5, 5, 4] and early == 0)
        return expect(is_right, f"{ended}; {[len(one) for one in found]} profiles of 5, totals {totals}, {early} of them early; {traces} traces; "
                                f"by what is hidden {asked[1]}; {len(named)} named as too large")
