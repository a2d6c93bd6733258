"""The case X5: what a mask hides, asked for in every way that there is."""

from likeness.v1 import admin_service_pb2, mask_pb2, profile_pb2, profile_service_pb2, search_service_pb2
from peer import Peer
from suite import case, expect, tally

PROFILES, SEARCH, ADMIN = (f"likeness.v1.{name}Service/" for name in ("Profile", "Search", "Admin"))
TEXT = search_service_pb2.SEARCH_MODE_TEXT
MASK = "conformance-x5"
# Words that no other profile has: of what is hidden, of a profile that is, and of what is shown.
HIDDEN, GONE, SHOWN = "zyxhiddenworks", "zyxgoneworks", "zyxshowntitle"


def person(slug, title, organization, tags=()):
    return profile_pb2.Profile(slug=slug, display_name=slug, tags=tags, experiences=[
        profile_pb2.Experience(title=title, organization=organization)])


def query(text, **more):
    asked = search_service_pb2.Query(text=search_service_pb2.TextQuery(text=text, mode=TEXT))
    return search_service_pb2.QueryRequest(query=asked, mask=MASK, **more)


def like(slug, **more):
    examples = search_service_pb2.ExampleQuery(positive=[profile_pb2.ProfileKey(slug=slug)])
    return search_service_pb2.QueryRequest(query=search_service_pb2.Query(examples=examples), **more)


def store(peer):
    configuration = mask_pb2.MaskConfiguration(exclude_tags=["x5-gone"], hidden_fields=["experiences.organization"])
    mask = mask_pb2.Mask(name=MASK, configuration=configuration)
    made = peer.call(ADMIN + "CreateMask", admin_service_pb2.CreateMaskRequest(mask=mask))[0]
    assert made in ("OK", "ALREADY_EXISTS"), made
    people = [person(f"x5-shown-{number}", SHOWN, HIDDEN) for number in range(3)]
    people.append(person("x5-gone", f"{SHOWN} {GONE}", HIDDEN, ["x5-gone"]))
    answer = peer.call(PROFILES + "BatchUpsertProfiles",
                       profile_service_pb2.BatchUpsertProfilesRequest(profiles=people),
                       answer=profile_service_pb2.BatchUpsertProfilesResponse)
    assert all(result.HasField("upserted") for result in answer.results), answer


@case("X5", "a masked field asked for by filter, field mask, search, page, suggestion and its kind, and a masked profile as an example",
      "a filter and a kind: INVALID_ARGUMENT; an example: as one that is not there; else nothing of it", server="product")
def _(world):
    with Peer(world.server) as peer:
        store(peer)

        def found(request):
            return peer.call(SEARCH + "Query", request, answer=search_service_pb2.QueryResponse)

        def suggested(prefix, **more):
            return peer.call(SEARCH + "Suggest", search_service_pb2.SuggestRequest(prefix=prefix, mask=MASK, **more),
                             answer=search_service_pb2.SuggestResponse).suggestions
        get = profile_service_pb2.GetProfileRequest(key=profile_pb2.ProfileKey(slug="x5-shown-0"), mask=MASK)
        get.read_mask.paths.append("experiences")
        read = peer.call(PROFILES + "GetProfile", get, answer=profile_service_pb2.GetProfileResponse).profile
        # Without the mask there is something to find: nothing is missing by chance.
        bare = query(HIDDEN)
        bare.mask = ""
        all_of_it = len(found(bare).hits)
        refused = [
            peer.call(SEARCH + "Query", query(SHOWN, filter=f'experiences.organization:"{HIDDEN}"'))[0],
            peer.call(SEARCH + "Suggest", search_service_pb2.SuggestRequest(
                prefix=HIDDEN[:8], kinds=[search_service_pb2.SUGGESTION_KIND_ORGANIZATION], mask=MASK))[0]]
        sections = search_service_pb2.GROUP_BY_SECTION
        nothing = [len(found(query(HIDDEN)).hits), len(found(query(GONE)).hits), len(suggested(HIDDEN[:8])),
                   len(found(query(HIDDEN, group_by=sections)).hits), len(found(query(GONE, group_by=sections)).hits),
                   len(suggested(GONE[:8])), len(read.experiences[0].organization)]
        first = found(query(SHOWN, limit=2, page_window=10))
        rest = found(query(SHOWN, limit=2, page_window=10, page_token=first.next_page_token))
        shown = [hit.profile.slug for page in (first, rest) for hit in page.hits]
        counted = [(one.text, one.profile_count) for one in suggested(SHOWN)]
        # What was typed is in the answer, and nothing else of it.
        masked, missing = (repr(peer.call(SEARCH + "Query", like(slug, mask=MASK))[:3]).replace(slug, "…")
                           for slug in ("x5-gone", "x5-none"))
        # A mask that is another one now: the order of its pages is not shown any more.
        change = admin_service_pb2.UpdateMaskRequest(mask=mask_pb2.Mask(name=MASK, description="changed"))
        change.update_mask.paths.append("description")
        peer.call(ADMIN + "UpdateMask", change, answer=admin_service_pb2.UpdateMaskResponse)
        late = peer.call(SEARCH + "Query", query(SHOWN, limit=2, page_window=10, page_token=first.next_page_token))
        peer.call(ADMIN + "DeleteMask", admin_service_pb2.DeleteMaskRequest(name=MASK))
        is_expired = late[0] == "INVALID_ARGUMENT" and any(b"PAGE_TOKEN_EXPIRED" in value for _, value in late[2])
        is_right = (all_of_it == 4 and refused == ["INVALID_ARGUMENT"] * 2 and not any(nothing)
                    and sorted(shown) == [f"x5-shown-{number}" for number in range(3)] and first.total_size == 3
                    and counted == [(SHOWN, 3)] and masked == missing and "INVALID_ARGUMENT" in masked and is_expired)
        return expect(is_right, f"filter and kind {tally(refused)}; {sum(nothing)} traces of it; pages show {len(shown)} of "
                                f"{all_of_it}, counted {counted}; an example as one that is not there: "
                                f"{masked == missing}; a token of the changed mask {'expired' if is_expired else late[0]}")
