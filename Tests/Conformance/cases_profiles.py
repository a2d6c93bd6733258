"""The cases P19 and P20: batches that are all or nothing, and edits of single rows."""

import time

from cases_messages import PROFILES, violation
from cases_searches import store
from likeness.rpc.v1 import error_details_pb2 as details
from likeness.v1 import profile_pb2, profile_service_pb2
from peer import Peer
from suite import case, expect


def reason(status):
    """Of an item's error."""
    return next(details.ErrorInfo.FromString(detail.value).reason for detail in status.details
                if detail.type == "likeness.rpc.v1.ErrorInfo")


@case("P19", "profiles deleted in a batch: by slug, by external id and by the same slug again, one that is not there, one of another revision; all or nothing; "
      "two batches of upserts that are all or nothing, one with a bad item", "each item its answer; where all are one, what failed and BATCH_UNDONE for the others",
      server="product")
def _(world):
    with Peer(world.server) as peer:
        mark = str(time.time_ns())
        pair = profile_pb2.ExternalId(system="crm", id=f"D-{mark}")
        names = [f"batch-{mark}-{number}" for number in range(4)]

        def upsert(atomic, *bad):
            people = [profile_pb2.Profile(slug=name, display_name="" if name in bad else "Batch") for name in names]
            people[1].external_ids.append(pair)
            answer = peer.call(PROFILES + "BatchUpsertProfiles",
                               profile_service_pb2.BatchUpsertProfilesRequest(profiles=people, atomic=atomic),
                               answer=profile_service_pb2.BatchUpsertProfilesResponse)
            return [reason(one.error) if one.HasField("error") else one.upserted.outcome for one in answer.results]

        def delete(keys, revisions=(), atomic=False):
            answer = peer.call(PROFILES + "BatchDeleteProfiles",
                               profile_service_pb2.BatchDeleteProfilesRequest(keys=keys, if_revisions=revisions, atomic=atomic),
                               answer=profile_service_pb2.BatchDeleteProfilesResponse)
            return [reason(one.error) if one.HasField("error") else one.deleted.was_deleted for one in answer.results]
        slugs = [profile_pb2.ProfileKey(slug=name) for name in names]
        none = profile_pb2.ProfileKey(slug=f"none-{mark}")
        found = [upsert(True, names[2]), upsert(True), delete([slugs[3], none], atomic=True),
                 delete([slugs[0], profile_pb2.ProfileKey(external_id=pair), slugs[0], none, slugs[2]], [1, 1, 1, 0, 2])]
        return expect(found == [["BATCH_UNDONE", "BATCH_UNDONE", "INVALID_FIELD", "BATCH_UNDONE"], [1] * 4, ["BATCH_UNDONE", "NOT_FOUND"],
                                [False, False, True, "NOT_FOUND", "REVISION_MISMATCH"]], f"{found}".replace(mark, "…"))


@case("P20", "edits of single experiences and skills: one added in front of another, one changed, one removed; a row that is not there, an unknown field, "
      "an addition whose id is taken, no edit, an edit that says nothing", "the profile with them, in one revision; NOT_FOUND, INVALID_ARGUMENT and ALREADY_EXISTS, with "
      "the field named", server="product")
def _(world):
    with Peer(world.server) as peer:
        mark = str(time.time_ns())
        store(peer, profile_pb2.Profile(slug=f"edited-{mark}", display_name="Edited", experiences=[
            profile_pb2.Experience(title="first"), profile_pb2.Experience(title="last")], skills=[profile_pb2.Skill(name="one")]))
        key = profile_pb2.ProfileKey(slug=f"edited-{mark}")

        def edit(*edits, **rest):
            return peer.call(PROFILES + "EditProfile", profile_service_pb2.EditProfileRequest(key=key, edits=edits), **rest)
        stored = peer.call(PROFILES + "GetProfile", profile_service_pb2.GetProfileRequest(key=key),
                           answer=profile_service_pb2.GetProfileResponse).profile
        first, last = [experience.id for experience in stored.experiences]
        added = profile_service_pb2.ProfileEdit(add_experience=dict(experience=dict(title="middle"), before_id=last))
        changed = profile_service_pb2.ProfileEdit(update_experience=dict(experience=dict(id=first, organization="O"),
                                                                         update_mask=dict(paths=["organization"])))
        removed = profile_service_pb2.ProfileEdit(remove_skill=stored.skills[0].id)
        answer = edit(added, changed, removed, answer=profile_service_pb2.EditProfileResponse)
        profile = answer.profile
        found = [(experience.title, experience.organization) for experience in profile.experiences]
        unknown = profile_service_pb2.ProfileEdit(update_experience=dict(experience=dict(id=first), update_mask=dict(paths=["titel"])))
        taken = profile_service_pb2.ProfileEdit(add_experience=dict(experience=dict(id=first, title="x")))
        ends = [edit(removed), edit(unknown), edit(taken), edit(), edit(profile_service_pb2.ProfileEdit())]
        said = ", ".join(f"{end[0]} {violation(end)}" for end in ends)
        return expect(found == [("first", "O"), ("middle", ""), ("last", "")] and not profile.skills and profile.revision == 2
                      and answer.row_ids[0] == profile.experiences[1].id and said == (
                          "NOT_FOUND , INVALID_ARGUMENT edits[0].update_experience.update_mask.paths[0], "
                          "ALREADY_EXISTS edits[0].add_experience.experience.id, INVALID_ARGUMENT edits, INVALID_ARGUMENT edits[0]"),
                      f"{found}; {said}")
