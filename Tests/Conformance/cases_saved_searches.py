"""The case X5b: a saved search that is watched, resumed, and asked for by another caller."""

from cases_security import Product
from likeness.v1 import profile_pb2, profile_service_pb2, saved_search_service_pb2, search_service_pb2
from likeness_rpc import CANCEL, END, MESSAGE, frame
from peer import Peer
from suite import case, expect

PROFILES, SAVED = "likeness.v1.ProfileService/", "likeness.v1.SavedSearchService/"
NAME, WORD = "conformance-x5b", "zyxwatchedport"
KINDS = saved_search_service_pb2.SearchEventKind


def store(peer, slug, summary):
    people = [profile_pb2.Profile(slug=slug, display_name=slug, summary=summary)]
    answer = peer.call(PROFILES + "BatchUpsertProfiles", profile_service_pb2.BatchUpsertProfilesRequest(profiles=people),
                       answer=profile_service_pb2.BatchUpsertProfilesResponse)
    assert answer.results[0].HasField("upserted"), answer


class Watch:
    """A stream that ends with a CANCEL."""

    def __init__(self, peer, token=""):
        self.peer = peer
        self.stream = peer.start(SAVED + "WatchSearch",
                                 saved_search_service_pb2.WatchSearchRequest(name=NAME, resume_token=token))

    def answer(self):
        """The next one; the code of the stream's end in its place."""
        found = self.peer.expect(MESSAGE, END, stream=self.stream)
        if found.kind == END:
            return found.end()
        return saved_search_service_pb2.WatchSearchResponse.FromString(found.payload)

    def until(self, kind):
        """The first answer with an event of a kind, and the slugs or ids of its events."""
        while True:
            answer = self.answer()
            found = [event.profile.slug for event in answer.events if event.kind == kind]
            if found:
                return answer, found

    def end(self):
        self.peer.send(frame(CANCEL, stream=self.stream))


@case("X5b", "a saved search is watched while profiles are written, resumed from an earlier answer, and asked for by another caller",
      "events as they happen, and again from the token; NOT_FOUND and INVALID_ARGUMENT for others", server="product")
def _(world):
    product = Product(world, "watched")
    with product.running() as second, Peer(world.server) as peer, \
            Peer(second, role=product.certificate("reader")) as other:
        query = search_service_pb2.QueryRequest(query=search_service_pb2.Query(
            text=search_service_pb2.TextQuery(text=WORD, mode=search_service_pb2.SEARCH_MODE_TEXT)))
        store(peer, "x6-early", WORD)
        saved = saved_search_service_pb2.SavedSearch(name=NAME, query=query)
        created = peer.call(SAVED + "CreateSavedSearch",
                            saved_search_service_pb2.CreateSavedSearchRequest(saved_search=saved))[0]
        watch = Watch(peer)
        first, existing = watch.until(KINDS.Value("SEARCH_EVENT_KIND_EXISTING"))
        store(peer, "x6-late", WORD)
        started = watch.until(KINDS.Value("SEARCH_EVENT_KIND_MATCHED"))[1]
        store(peer, "x6-early", "something else")
        ceased = watch.until(KINDS.Value("SEARCH_EVENT_KIND_CEASED"))[1]
        watch.end()
        again = Watch(peer, first.resume_token)
        resumed = again.until(KINDS.Value("SEARCH_EVENT_KIND_MATCHED"))[1]
        again.end()
        foreign = other.call(SAVED + "GetSavedSearch", saved_search_service_pb2.GetSavedSearchRequest(name=NAME))[0]
        other.call(SAVED + "CreateSavedSearch", saved_search_service_pb2.CreateSavedSearchRequest(saved_search=saved))
        stolen = Watch(other, first.resume_token).answer()[0]
        for one in (peer, other):
            one.call(SAVED + "DeleteSavedSearch", saved_search_service_pb2.DeleteSavedSearchRequest(name=NAME))
        is_right = (created == "OK" and existing == ["x6-early"] and started == resumed == ["x6-late"] and len(ceased) == 1
                    and foreign == "NOT_FOUND" and stolen == "INVALID_ARGUMENT")
        return expect(is_right, f"existing {existing}, started {started}, ceased {len(ceased)}, resumed {resumed}; another "
                                f"caller {foreign}, with the token {stolen}")
