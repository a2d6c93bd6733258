"""The cases P11 to P18 and P22: searches that are only checked, explained, counted, projected, ordered, boosted, weighted and of sections; keys."""

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


@case("P12", "ExplainQuery: words, and words fused with words; with facets; with plans and with analyze; of pages; of nothing; plans asked for "
      "by a reader",
      "scores that add up; the facets of Query, and whether all matches or the best 100 hits were counted; plans; INVALID_ARGUMENT naming "
      "query.page_window and query; PERMISSION_DENIED naming plans",
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
        counts = []
        for request in (one, fused):
            asked = pb.QueryRequest.FromString(request.SerializeToString())
            asked.facets.extend(["location", "tags"])
            told = peer.call(method, pb.ExplainQueryRequest(query=asked), answer=answer).facets
            found = peer.call(SEARCH + "Query", asked, answer=pb.QueryResponse).facets
            expect(len(told) == 1 and list(told[0].facets) == list(found), told)
            counts.append(f"{told[0].counted} {told[0].window} {told[0].profiles_each:g}")
        planned = peer.call(method, pb.ExplainQueryRequest(query=one, plans=True), answer=answer)
        analyzed = peer.call(method, pb.ExplainQueryRequest(query=one, analyze=True), answer=answer)
        has_plans = all("cost=" in ran.plan and "actual" not in ran.plan for ran in planned.statements)
        has_times = all("actual time" in ran.plan for ran in analyzed.statements)
        paged = peer.call(method, pb.ExplainQueryRequest(query=words("x", page_window=10)))
        empty = peer.call(method, pb.ExplainQueryRequest())
        reduced = reader.call(method, pb.ExplainQueryRequest(query=one), answer=answer)
        denied = reader.call(method, pb.ExplainQueryRequest(query=one, plans=True))
        said = [f"{end[0]} {violation(end)}" for end in (paged, empty, denied)]
        is_counted = counts == ["matches 0 1", "hits 100 1"]
        return expect(is_counted and has_plans and has_times and len(reduced.hits) >= 3 and said == [
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


def store(peer, *people):
    """Each in a call of its own, so that none is newer than the one before by chance."""
    for person in people:
        answer = peer.call(PROFILES + "BatchUpsertProfiles", profile_service_pb2.BatchUpsertProfilesRequest(profiles=[person]),
                           answer=profile_service_pb2.BatchUpsertProfilesResponse)
        expect(answer.results[0].HasField("upserted"), answer)


def new_mask(peer, kind, **configuration):
    name = f"{kind}-{time.time_ns()}"
    mask = mask_pb2.Mask(name=name, configuration=mask_pb2.MaskConfiguration(**configuration))
    expect(peer.call("likeness.v1.AdminService/CreateMask", admin_service_pb2.CreateMaskRequest(mask=mask))[0] == "OK", name)
    return name


@case("P14", "hits with read_mask and sections_per_hit, alone, by page and through a mask; an unknown path, 11 sections, an explanation of both",
      "what GetProfile shows with the same masks; as many sections; INVALID_ARGUMENT each, with the field named", server="product")
def _(world):
    with Peer(world.server) as peer:
        store(peer, *[profile_pb2.Profile(
            slug=f"projected-{index}", display_name=f"Projected {index}", headline="projected",
            experiences=[profile_pb2.Experience(title="projected", organization="zyxprojectedfirm"), profile_pb2.Experience(title="other")])
            for index in range(2)])
        name = new_mask(peer, "projected", hidden_fields=["experiences.organization"])
        said = []
        for mask in ("", name):
            request = words("projected", limit=1, page_window=10, mask=mask, sections_per_hit=1)
            request.read_mask.paths.extend(["experiences", "headline"])
            while True:
                page = peer.call(SEARCH + "Query", request, answer=pb.QueryResponse)
                for hit in page.hits:
                    asked = profile_service_pb2.GetProfileRequest(
                        key=profile_pb2.ProfileKey(id=hit.profile.id), mask=mask, read_mask=request.read_mask)
                    shown = peer.call(PROFILES + "GetProfile", asked, answer=profile_service_pb2.GetProfileResponse).profile
                    expect(hit.details == shown and not hit.profile.display_name and hit.profile.headline == "projected", hit)
                    expect(len(hit.sections) == 1 and hit.sections[0].score > 0 and hit.sections[0].section.title, hit)
                    said.append(b"zyxprojectedfirm" in hit.SerializeToString())
                if not page.next_page_token:
                    break
                request.page_token = page.next_page_token
        unknown, many, explained = words("x"), words("x", sections_per_hit=11), words("x", sections_per_hit=1)
        unknown.read_mask.paths.append("salary")
        ends = [peer.call(SEARCH + "Query", unknown), peer.call(SEARCH + "Query", many),
                peer.call(SEARCH + "ExplainQuery", pb.ExplainQueryRequest(query=explained))]
        fields = [f"{end[0]} {violation(end)}" for end in ends]
        return expect(said == [True, True, False, False] and fields == [
            f"INVALID_ARGUMENT {one}" for one in ("read_mask.paths[0]", "sections_per_hit", "query.sections_per_hit")],
            ", ".join(fields))


@case("P15", "words ordered by name, by years and by time of update, either way, and by page; a wrong field, order_by beside diversity, a window for words "
      "alone, what a mask does not show",
      "all that match in that order; INVALID_ARGUMENT each, with the field named", server="product")
def _(world):
    with Peer(world.server) as peer:
        def work(years):
            return profile_pb2.Experience(category=profile_pb2.EXPERIENCE_CATEGORY_WORK, title="zyxordered",
                                          start_date=profile_pb2.PartialDate(year=1900), end_date=profile_pb2.PartialDate(year=1900 + years))
        people = [("ordered-a", "\u00c9mile", 3), ("ordered-b", "emil", 9), ("ordered-c", "Zoe", 1), ("ordered-d", "adam", 5)]
        store(peer, *[profile_pb2.Profile(slug=slug, display_name=name, experiences=[work(years)]) for slug, name, years in people])

        def found(**fields):
            request, slugs = words("zyxordered", limit=3, page_window=10, **fields), []
            while True:
                page = peer.call(SEARCH + "Query", request, answer=pb.QueryResponse)
                slugs += [hit.profile.slug[-1] for hit in page.hits]
                if not page.next_page_token:
                    return "".join(slugs)
                request.page_token = page.next_page_token

        orders = {"display_name": "dbac", "display_name desc": "cabd", "years_of_experience": "cadb", "years_of_experience desc": "bdac",
                  "update_time": "abcd", "update_time desc": "dcba"}
        got = {order: found(order_by=order) for order in orders}
        name = new_mask(peer, "ordered")
        wrong = [words("x", order_by="headline"), words("x", order_by="display_name", diversity=0.5),
                 words("x", order_by="display_name", window=20), words("x", order_by="update_time", mask=name)]
        fields = [f"{end[0]} {violation(end)}" for end in (peer.call(SEARCH + "Query", request) for request in wrong)]
        return expect(got == orders and found(order_by="display_name", mask=name) == "dbac" and fields == [
            f"INVALID_ARGUMENT {one}" for one in ("order_by", "diversity", "window", "order_by")], f"{got}; {', '.join(fields)}")


@case("P16", "boosts, and what is explained of them; a weight of 2, a half-life without a weight, a boost of ranks, of recency through a mask; diversity of 2; "
      "a window of nothing",
      "scores that add up; INVALID_ARGUMENT each, with the field named", server="product")
def _(world):
    with Peer(world.server) as peer:
        store(peer, profile_pb2.Profile(slug="boosted-a", display_name="zyxboosted"),
              profile_pb2.Profile(slug="boosted-b", display_name="zyxboosted", headline="h", summary="s", location="l"))
        boosts = pb.Boosts(recency=0.5, recency_half_life_days=36500, completeness=1)
        answer = peer.call(SEARCH + "Query", words("zyxboosted", boosts=boosts), answer=pb.QueryResponse)
        told = peer.call(SEARCH + "ExplainQuery", pb.ExplainQueryRequest(query=words("zyxboosted", boosts=boosts)),
                         answer=pb.ExplainQueryResponse)
        order = [hit.profile.slug for hit in answer.hits]
        sums = [abs(sum(part.adds for part in hit.parts) + sum(term.adds for term in hit.boosts) - hit.score) < 1e-6 for hit in told.hits]
        score = (1 + 0.5 + 0.6) / 2.5
        name = new_mask(peer, "boosted")
        ranks = pb.QueryRequest(boosts=boosts, query=pb.Query(fusion=pb.FusionQuery(
            method=pb.FUSION_METHOD_RECIPROCAL_RANK, queries=[pb.SubQuery(query=words("x").query)])))
        wrong = [words("x", boosts=pb.Boosts(recency=2)), words("x", boosts=pb.Boosts(recency_half_life_days=3)), ranks,
                 words("x", boosts=boosts, mask=name), words("x", diversity=2), words("x", window=5)]
        fields = [f"{end[0]} {violation(end)}" for end in (peer.call(SEARCH + "Query", request) for request in wrong)]
        return expect(order == ["boosted-b", "boosted-a"] and abs(answer.hits[0].score - score) < 1e-3 and sums == [True, True] and fields == [
            f"INVALID_ARGUMENT {one}" for one in ("boosts.recency", "boosts.recency_half_life_days", "boosts", "boosts.recency", "diversity",
                                                  "window")], f"{order}; {', '.join(fields)}")


@case("P17", "SelectMask for two tags, for none, for 101; a search through a mask whose summaries count nothing",
      "masks that fit, those with most of the tags first; INVALID_ARGUMENT naming tags; what summaries alone have is not found", server="product")
def _(world):
    with Peer(world.server) as peer:
        tag = f"zyx{time.time_ns()}"
        one = new_mask(peer, "select-one", include_tags=[tag])
        two = new_mask(peer, "select-two", include_tags=[tag, "zyx-other"])
        without = new_mask(peer, "select-without", exclude_tags=[tag])
        method, answer = "likeness.v1.AdminService/SelectMask", admin_service_pb2.SelectMaskResponse

        def selected(*tags):
            return [mask.name for mask in peer.call(method, admin_service_pb2.SelectMaskRequest(tags=tags, limit=100), answer=answer).proposals]

        both = selected(tag, "zyx-other")
        weightless = new_mask(peer, "weightless", weights=[mask_pb2.SectionWeight(kind=pb.SECTION_KIND_SUMMARY, weight=0)])
        store(peer, profile_pb2.Profile(slug="weight-a", display_name="A", summary="zyxweighted"),
              profile_pb2.Profile(slug="weight-b", display_name="B", experiences=[profile_pb2.Experience(title="zyxweighted")]))
        found = [[hit.profile.slug for hit in peer.call(SEARCH + "Query", words("zyxweighted", mask=mask), answer=pb.QueryResponse).hits]
                 for mask in ("", weightless)]
        many = peer.call(method, admin_service_pb2.SelectMaskRequest(tags=[str(number) for number in range(101)]))
        return expect(both[:2] == [two, one] and without not in both and without in selected() and (many[0], violation(many)) == (
            "INVALID_ARGUMENT", "tags") and sorted(found[0]) == ["weight-a", "weight-b"] and found[1] == ["weight-b"], f"{both[:3]} {found}")


@case("P18", "a profile by an external id and by a slug that it had, in reads, an update and an upsert; a pair that another has, one that is none, a key of half a pair",
      "the profile, with redirected_from; ALREADY_EXISTS and INVALID_ARGUMENT, with the field named", server="product")
def _(world):
    with Peer(world.server) as peer:
        mark = str(time.time_ns())
        pair, slug = profile_pb2.ExternalId(system="crm", id=f"K-{mark}"), f"keyed-{mark}"
        store(peer, profile_pb2.Profile(slug=slug, display_name="Keyed", external_ids=[pair]))
        keyed = profile_pb2.ProfileKey(external_id=pair)
        changed = profile_service_pb2.UpdateProfileRequest(key=keyed, profile=profile_pb2.Profile(slug=slug + "-b"))
        changed.update_mask.paths.append("slug")
        peer.call(PROFILES + "UpdateProfile", changed, answer=profile_service_pb2.UpdateProfileResponse)
        asked = profile_service_pb2.BatchGetProfilesRequest(keys=[
            keyed, profile_pb2.ProfileKey(slug=slug), profile_pb2.ProfileKey(slug=slug + "-b")])
        read = peer.call(PROFILES + "BatchGetProfiles", asked, answer=profile_service_pb2.BatchGetProfilesResponse).results
        found = [(one.profile.slug, one.redirected_from) for one in read]
        upserted = peer.call(
            PROFILES + "BatchUpsertProfiles",
            profile_service_pb2.BatchUpsertProfilesRequest(profiles=[profile_pb2.Profile(slug=slug, display_name="Keyed", headline="x")]),
            answer=profile_service_pb2.BatchUpsertProfilesResponse).results[0].upserted
        found.append((upserted.slug, upserted.redirected_from))

        def create(*pairs):
            profile = profile_pb2.Profile(display_name="Keyed", external_ids=pairs)
            return peer.call(PROFILES + "CreateProfile", profile_service_pb2.CreateProfileRequest(profile=profile))
        half = profile_pb2.ProfileKey(external_id=profile_pb2.ExternalId(system="crm"))
        ends = [create(profile_pb2.ExternalId(system="hr", id=mark), pair), create(profile_pb2.ExternalId(system="C R M", id="1")),
                peer.call(PROFILES + "GetProfile", profile_service_pb2.GetProfileRequest(key=half))]
        said = ", ".join(f"{end[0]} {violation(end)}" for end in ends)
        now = slug + "-b"
        return expect(found == [(now, ""), (now, slug), (now, ""), (now, slug)] and said == (
            "ALREADY_EXISTS external_ids[1], INVALID_ARGUMENT profile.external_ids[0].system, INVALID_ARGUMENT key.external_id.id"),
            f"{found}; {said}".replace(mark, "…"))


@case("P22", "hits that are sections, of one who has 30 that match: alone, in a batch, explained, with a minimum and a read_mask; beside all that is of profiles; "
      "a fusion of ranks; a group that there is none of",
      "each section once, with scores that add up; INVALID_ARGUMENT each, with the field named", server="product")
def _(world):
    with Peer(world.server) as peer:
        mark = f"zyx{time.time_ns()}"
        many = [profile_pb2.Experience(title=f"{mark} {number}") for number in range(30)]
        store(peer, profile_pb2.Profile(slug=f"sections-{mark}", display_name="Sections", experiences=many),
              profile_pb2.Profile(slug=f"other-{mark}", display_name="Other", summary=mark, skills=[profile_pb2.Skill(name=f"{mark} too")]))

        def sections(text=mark, **more):
            return words(text, group_by=pb.GROUP_BY_SECTION, **more)

        def places(hits):
            return [(hit.profile.slug.split("-")[0], hit.section.kind, hit.section.id) for hit in hits]

        whole = peer.call(SEARCH + "Query", sections(limit=100), answer=pb.QueryResponse)
        first = peer.call(SEARCH + "Query", sections(limit=7), answer=pb.QueryResponse)
        best = peer.call(SEARCH + "Query", sections(f"{mark} too", min_score=0.99), answer=pb.QueryResponse)
        batch = peer.call(SEARCH + "QueryBatch", pb.QueryBatchRequest(queries=[sections(limit=100)]), answer=pb.QueryBatchResponse)
        told = peer.call(SEARCH + "ExplainQuery", pb.ExplainQueryRequest(query=sections(f"{mark} too", limit=100)), answer=pb.ExplainQueryResponse)
        read = sections(limit=100)
        read.read_mask.paths.append("slug")
        read = peer.call(SEARCH + "Query", read, answer=pb.QueryResponse)
        found = places(whole.hits)
        is_right = (len(set(found)) == len(found) == 32 and [one[0] for one in found].count("sections") == 30
                    and whole.completeness.level == pb.COMPLETENESS_LEVEL_EXACT and places(first.hits) == found[:7]
                    and [one[:2] for one in places(best.hits)] == [("other", pb.SECTION_KIND_SKILLS)]
                    and places(batch.results[0].response.hits) == found and len(told.hits) == 32
                    and all(adds_up(hit.parts, hit.score) and hit.section.title for hit in told.hits)
                    and [hit.details.slug for hit in read.hits] == [hit.profile.slug for hit in whole.hits])
        ranks = pb.QueryRequest(group_by=pb.GROUP_BY_SECTION, query=pb.Query(fusion=pb.FusionQuery(
            method=pb.FUSION_METHOD_RECIPROCAL_RANK, queries=[pb.SubQuery(query=words("x").query)])))
        wrong = {"page_window": sections(page_window=10), "page_token": sections(page_token="forged"), "sections_per_hit": sections(sections_per_hit=1),
                 "facets": sections(facets=["tags"]), "order_by": sections(order_by="display_name"), "diversity": sections(diversity=0.5),
                 "boosts": sections(boosts=pb.Boosts(completeness=1)), "query.fusion.method": ranks, "group_by": words("x", group_by=3)}
        fields = [f"{end[0]} {violation(end)}" for end in (peer.call(SEARCH + "Query", request) for request in wrong.values())]
        return expect(is_right and fields == [f"INVALID_ARGUMENT {one}" for one in wrong], f"{len(found)} sections; {', '.join(fields)}")
