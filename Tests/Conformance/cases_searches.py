"""The cases P11 to P13: searches that are only checked, searches that are explained, and facets."""

import time

from cases_messages import PROFILES, SEARCH, three_profiles, violation
from likeness.v1 import admin_service_pb2, mask_pb2, profile_pb2, profile_service_pb2, search_service_pb2 as pb
from peer import Peer
from suite import case, expect


def words(text, **more):
    return pb.QueryRequest(query=pb.Query(text=pb.TextQuery(text=text, mode=pb.SEARCH_MODE_TEXT)), **more)


@case("P11", "validate_only: a right search, alone and in a batch; a wrong limit, filter, mask, space and token",
      "an empty answer each; the code and field that the search itself has", server="product")
def _(world):
    wrong = [words(""), words("x", limit=1001), words("x", filter="nothing = 1"), words("x", mask="nobody"),
             words("x", page_token="forged"), words("x", consistency_token="forged"), words("a*"), pb.QueryRequest()]
    with Peer(world.server) as peer:
        right = words("conformance", validate_only=True)
        end = peer.call(SEARCH + "Query", right)
        batch = peer.call(SEARCH + "QueryBatch", pb.QueryBatchRequest(queries=[right]), answer=pb.QueryBatchResponse)
        expect(end[0] == "OK" and end[4] == b"" and batch.results[0].response.ByteSize() == 0, end[:2])
        said = []
        for request in wrong:
            searched = peer.call(SEARCH + "Query", request)
            request.validate_only = True
            checked = peer.call(SEARCH + "Query", request)
            expect((searched[0], violation(searched)) == (checked[0], violation(checked)), f"{searched} {checked}")
            said.append(f"{checked[0]} {violation(checked)}")
        return expect(all(one.startswith("INVALID_ARGUMENT") for one in said), ", ".join(said))


def adds_up(parts, score):
    """Whether the parts of a score are all of it, and the words of each what it has of words."""
    for part in parts:
        if not adds_up(part.parts, part.score) if part.parts else \
                abs(sum(term.adds for term in part.terms) - part.score) > 1e-9:
            return False
        for term in part.terms:
            found = sum(word.weight for word in part.words if word.found)
            if term.name == "words" and abs(found - term.value) > 1e-9:
                return False
    return abs(sum(part.adds for part in parts) - score) < 1e-9


@case("P12", "ExplainQuery: words, and words fused with words; with plans and with analyze; of pages; of nothing; plans asked for by a reader",
      "scores that add up; plans; INVALID_ARGUMENT naming query.page_window and query; PERMISSION_DENIED naming plans",
      server="product")
def _(world):
    from cases_security import Product
    product = Product(world, "explanations")
    method, answer = SEARCH + "ExplainQuery", pb.ExplainQueryResponse
    one = words("conformance nothing")
    fused = pb.QueryRequest(query=pb.Query(fusion=pb.FusionQuery(queries=[
        pb.SubQuery(query=one.query, weight=3), pb.SubQuery(query=words("1 2").query)])))
    certificate = product.certificate("reader")
    with Peer(world.server) as peer, product.running() as server, Peer(server, role=certificate) as reader:
        three_profiles(peer)
        for request in (one, fused):
            told = peer.call(method, pb.ExplainQueryRequest(query=request), answer=answer)
            expect(len(told.hits) >= 3 and all(adds_up(hit.parts, hit.score) for hit in told.hits), told)
        planned = peer.call(method, pb.ExplainQueryRequest(query=one, plans=True), answer=answer)
        analyzed = peer.call(method, pb.ExplainQueryRequest(query=one, analyze=True), answer=answer)
        has_plans = all("cost=" in ran.plan and "actual" not in ran.plan for ran in planned.statements)
        has_times = all("actual time" in ran.plan for ran in analyzed.statements)
        paged = peer.call(method, pb.ExplainQueryRequest(query=words("x", page_window=10)))
        empty = peer.call(method, pb.ExplainQueryRequest())
        reduced = reader.call(method, pb.ExplainQueryRequest(query=one), answer=answer)
        denied = reader.call(method, pb.ExplainQueryRequest(query=one, plans=True))
        said = [f"{end[0]} {violation(end)}" for end in (paged, empty, denied)]
        return expect(has_plans and has_times and len(reduced.hits) >= 3 and said == [
            "INVALID_ARGUMENT query.page_window", "INVALID_ARGUMENT query", "PERMISSION_DENIED plans"],
            f"{len(planned.statements)} plans; {', '.join(said)}")


@case("P13", "facets of a search: what three profiles have, on each page too; an unknown field, one twice, a filter in its place, 11 of "
      "them, a limit of 101, a field that the mask hides",
      "the counts, the same on each page; INVALID_ARGUMENT each, with the field named", server="product")
def _(world):
    options = pb.FacetOptions

    def search(peer, *facets, **fields):
        return peer.call(SEARCH + "Query", words("facetted", facets=facets, limit=1, **fields))

    def counts(end):
        answer = pb.QueryResponse.FromString(end[4])
        return [[(value.value, value.count) for value in facet.values] for facet in answer.facets], answer.next_page_token

    with Peer(world.server) as peer:
        profiles = [profile_pb2.Profile(slug=f"facetted-{index}", display_name=f"Facetted {index}", tags=["one", f"Two {index}"],
                                        location="Ulm, Germany") for index in range(3)]
        for start in profiles:
            peer.call(PROFILES + "BatchUpsertProfiles", profile_service_pb2.BatchUpsertProfilesRequest(profiles=[start]))
        name = f"facets-{time.time_ns()}"
        mask = mask_pb2.Mask(name=name, configuration=mask_pb2.MaskConfiguration(hidden_fields=["tags"]))
        expect(peer.call("likeness.v1.AdminService/CreateMask", admin_service_pb2.CreateMaskRequest(mask=mask))[0] == "OK", name)
        asked = {"page_window": 10, "facet_options": options(prefix="TWO")}
        found, token = counts(search(peer, "tags", "location.part", **asked))
        pages = [counts(search(peer, "tags", "location.part", page_token=token, **asked))[0]]
        location = counts(search(peer, "location.part", "experiences.category"))[0]
        ends = [search(peer, "tags", "secret"), search(peer, "tags", "tags"), search(peer, "tags", "tags:*"),
                search(peer, *[f"attributes.a{number}" for number in range(11)]),
                search(peer, "tags", facet_options=options(limit=101)), search(peer, "location", "tags", mask=name)]
        fields = [f"{end[0]} {violation(end)}" for end in ends]
        named = [*["facets[1]"] * 3, "facets", "facet_options.limit", "facets[1]"]
        is_right = (found == [[(f"Two {index}", 1) for index in range(3)], []] and pages == [found]
                    and location == [[("Germany", 3), ("Ulm", 3)], []])
        return expect(is_right and fields == [f"INVALID_ARGUMENT {one}" for one in named],
                      f"{found}; {location}; {', '.join(fields)}")
