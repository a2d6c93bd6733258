"""The cases P19 to P21: batches that are all or nothing, edits of single rows, and what profiles were."""

import time

from cases_messages import PROFILES, violation
from cases_searches import new_mask, store
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
                          "NOT_FOUND edits[0].remove_skill, INVALID_ARGUMENT edits[0].update_experience.update_mask.paths[0], "
                          "ALREADY_EXISTS edits[0].add_experience.experience.id, INVALID_ARGUMENT edits, INVALID_ARGUMENT edits[0]"),
                      f"{found}; {said}")


@case("P21", "what a profile was: its writes listed, two revisions compared, one read and one restored; through a mask that hides what was changed; a "
      "revision that it never had, one through a mask, no point at all", "who, how and what, as it was; through the mask neither; NOT_FOUND and INVALID_ARGUMENT, with the "
      "field named", server="product")
def _(world):
    with Peer(world.server) as peer:
        mark = str(time.time_ns())
        slug, key = f"was-{mark}", profile_pb2.ProfileKey(slug=f"was-{mark}")
        mask = new_mask(peer, "past", hidden_fields=["summary"])
        store(peer, profile_pb2.Profile(slug=slug, display_name="Was", summary="one"))
        changed = profile_service_pb2.UpdateProfileRequest(key=key, profile=profile_pb2.Profile(summary="two"))
        changed.update_mask.paths.append("summary")
        peer.call(PROFILES + "UpdateProfile", changed, answer=profile_service_pb2.UpdateProfileResponse)

        def writes(**more):
            asked = profile_service_pb2.ListRevisionsRequest(key=key, show_old_values=True, **more)
            listed = peer.call(PROFILES + "ListRevisions", asked, answer=profile_service_pb2.ListRevisionsResponse).revisions
            return [(one.revision, one.method, list(one.changed_paths), one.old_values.summary) for one in listed]

        def point(revision):
            return profile_service_pb2.PointInTime(revision=revision)

        def read(**more):
            return peer.call(PROFILES + "GetProfile", profile_service_pb2.GetProfileRequest(key=key, **more))
        found = [writes(), writes(mask=mask)]
        differing = peer.call(PROFILES + "DiffRevisions", profile_service_pb2.DiffRevisionsRequest(key=key, **{"from": point(1)}),
                              answer=profile_service_pb2.DiffRevisionsResponse)
        found.append((list(differing.changed_paths), getattr(differing, "from").summary, differing.to.summary))
        restored = peer.call(PROFILES + "RestoreRevision", profile_service_pb2.RestoreRevisionRequest(key=key, point=point(1)),
                             answer=profile_service_pb2.RestoreRevisionResponse).profile
        past = peer.call(PROFILES + "GetProfile", profile_service_pb2.GetProfileRequest(key=key, as_of=point(2)),
                         answer=profile_service_pb2.GetProfileResponse).profile
        found.append((restored.revision, restored.summary, past.revision, past.summary))
        ends = [read(as_of=point(9)), read(as_of=point(1), mask=mask), read(as_of=profile_service_pb2.PointInTime())]
        said = ", ".join(f"{end[0]} {violation(end)}" for end in ends)
        return expect(found == [[(2, "UpdateProfile", ["summary"], "one"), (1, "BatchUpsertProfiles", [], "")], [(0, "", [], "")],
                                (["summary"], "one", "two"), (3, "one", 2, "two")] and said == (
            "NOT_FOUND , INVALID_ARGUMENT as_of.revision, INVALID_ARGUMENT as_of"), f"{found}; {said}")
