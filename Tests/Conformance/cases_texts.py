"""The case P10: texts that mean harm, in every field that takes one."""

import json

from likeness.v1 import profile_pb2, profile_service_pb2, search_service_pb2
from peer import Peer
from suite import case, expect

PROFILES, SEARCH = "likeness.v1.ProfileService/", "likeness.v1.SearchService/"
PARTS = ["'; DROP TABLE profiles; --", "\\'; SELECT pg_sleep(9); --", "%s%n%x", "${jndi:ldap://x}", "<script>",
         "../../etc/passwd", "\u202e\u2066", "\ufeff", "\U0010ffff", "e\u0301", "\t\r\n\x7f\x01", "$1", "{}[]\"\\",
         "NULL", "\\x41", "E'\\000'", "\u0130i\u0131", "名", "🧑‍🔬", "x" * 900]


def hostile(index):
    return PARTS[index % 20] + f" {index} " + PARTS[index * 7 % 19]


def profile(index):
    """A profile with the text in each of its 16 fields, as long as the field takes it."""
    text = hostile(index)
    return profile_pb2.Profile(
        slug=f"hostile-{index}", display_name=text[:500], headline=text[:1000], summary=text, location=text[:500],
        tags=[text[:100]], keywords=[text[:200]], attributes_json=json.dumps({text: [text]}),
        experiences=[profile_pb2.Experience(title=text[:500], organization=text[:500], location=text[:500],
                                            description=text, highlights=[text[:2000]], tags=[text[:100]])],
        skills=[profile_pb2.Skill(name=text[:300], category=text[:100], level=text[:100], keywords=[text[:200]])])


def differences(sent, found):
    """The names of the fields that came back otherwise."""
    def texts(one):
        experience, skill = one.experiences[0], one.skills[0]
        fields = {name: getattr(one, name) for name in "display_name headline summary location".split()}
        fields |= {f"experience.{name}": getattr(experience, name)
                   for name in "title organization location description".split()}
        fields |= {f"skill.{name}": getattr(skill, name) for name in "name category level".split()}
        fields |= {"tags": list(one.tags), "keywords": list(one.keywords), "highlights": list(experience.highlights),
                   "experience.tags": list(experience.tags), "skill.keywords": list(skill.keywords)}
        # PostgreSQL writes JSON its own way.
        return fields | {"attributes_json": json.loads(one.attributes_json)}
    before, after = texts(sent), texts(found)
    return {name for name in before if before[name] != after[name]}, len(before)


@case("P10", "500 hostile texts (SQL, formats, control characters, long, every plane), each in all text fields of a profile",
      "stored and read back: byte for byte, attributes_json as the same JSON", server="product")
def _(world):
    with Peer(world.server) as peer:
        wrong, refusals, fields = set(), 0, 0
        for begin in range(0, 500, 100):
            sent = [profile(index) for index in range(begin, begin + 100)]
            answer = peer.call(PROFILES + "BatchUpsertProfiles",
                               profile_service_pb2.BatchUpsertProfilesRequest(profiles=sent),
                               answer=profile_service_pb2.BatchUpsertProfilesResponse)
            refusals += sum(not result.HasField("upserted") for result in answer.results)
            keys = [profile_pb2.ProfileKey(slug=one.slug) for one in sent]
            read = peer.call(PROFILES + "BatchGetProfiles", profile_service_pb2.BatchGetProfilesRequest(keys=keys),
                             answer=profile_service_pb2.BatchGetProfilesResponse)
            for one, result in zip(sent, read.results):
                if result.HasField("profile"):
                    names, count = differences(one, result.profile)
                    wrong, fields = wrong | names, fields + count
        return expect(not wrong and not refusals and fields == 500 * 17,
                      f"500 texts in 17 fields each, {', '.join(sorted(wrong)) or 'none'} read back otherwise, "
                      f"{refusals} refused")


@case("P10b", "the same texts as the words of a search, in a batch too, as what is completed, a slug, a space and a token",
      "hits or none; NOT_FOUND or INVALID_ARGUMENT; never INTERNAL", server="product")
def _(world):
    def query(text, **more):
        return search_service_pb2.QueryRequest(query=search_service_pb2.Query(
            text=search_service_pb2.TextQuery(text=text, mode=search_service_pb2.SEARCH_MODE_TEXT)), **more)
    codes = {}
    with Peer(world.server) as peer:
        def count(what, code):
            codes.setdefault(what, set()).add(code)
        for index in range(500):
            text = hostile(index)
            count("words", peer.call(SEARCH + "Query", query(text))[0])
            count("prefix", peer.call(SEARCH + "Suggest",
                                      search_service_pb2.SuggestRequest(prefix=text[:1 + index % 60]))[0])
            count("slug", peer.call(PROFILES + "GetProfile", profile_service_pb2.GetProfileRequest(
                key=profile_pb2.ProfileKey(slug=text[:150])))[0])
            count("space", peer.call(SEARCH + "Query", query("x", embedding_space=text[:15]))[0])
            count("token", peer.call(SEARCH + "Query", query("x", consistency_token=text[:20]))[0])
        for begin in range(0, 500, 50):
            batch = search_service_pb2.QueryBatchRequest(queries=[query(hostile(begin + i)) for i in range(50)])
            answer = peer.call(SEARCH + "QueryBatch", batch, answer=search_service_pb2.QueryBatchResponse)
            for result in answer.results:
                count("batch", "OK" if result.HasField("response") else str(result.error.code))
    allowed = {"words": {"OK"}, "prefix": {"OK", "INVALID_ARGUMENT"}, "slug": {"NOT_FOUND", "INVALID_ARGUMENT"}, "batch": {"OK"},
               "space": {"OK", "NOT_FOUND", "INVALID_ARGUMENT"}, "token": {"INVALID_ARGUMENT"}}
    return expect(all(found <= allowed[what] for what, found in codes.items()),
                  "; ".join(f"{what}: {', '.join(sorted(found))}" for what, found in codes.items()))
