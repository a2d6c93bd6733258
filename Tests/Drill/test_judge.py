"""The judge finds each fault that it is there for: records without one pass, and the same with one lie do not."""

import sys
import unittest
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from judge import Judge  # noqa: E402
from record import DONE, REFUSED, UNKNOWN, Read, State, Stored, Write  # noqa: E402

BORN = State("born", 0, ())


def story():
    """Of one profile: created, counted, given a skill, deleted, restored; read between. And another one, which was erased."""
    states = {1: BORN, 2: replace(BORN, count=1), 3: State("born", 1, ("a",)), 4: State("born", 1, ("a",), True), 5: State("born", 1, ("a",))}
    methods = {1: "CreateProfile", 2: "UpdateProfile", 3: "EditProfile", 4: "DeleteProfile", 5: "RestoreProfile"}
    writes = [
        Write(1, "create", "p", BORN, begun=0, ended=1, outcome=DONE, revision=1),
        Write(2, "increment", "p", if_revision=1, begun=2, ended=3, outcome=DONE, revision=2),
        Write(3, "add", "p", "a", begun=4, ended=5, outcome=DONE, revision=3),
        Write(4, "delete", "p", begun=6, ended=7, outcome=DONE, revision=4),
        Write(5, "restore", "p", begun=8, ended=9, outcome=DONE, revision=5),
        Write(6, "create", "q", BORN, begun=0, ended=1, outcome=DONE, revision=1),
        Write(7, "erase", "q", begun=2, ended=3, outcome=DONE),
    ]
    reads = [Read("p", 1.5, 1.6, 1, BORN), Read("p", 5.5, 5.6, 3, states[3]), Read("q", 1.5, 1.6, 1, BORN), Read("q", 4, 5)]
    stored = {"p": Stored(states, methods), "q": None}
    events = [("p", 1, "CREATED"), ("q", 1, "CREATED"), ("p", 2, "UPDATED"), ("q", 1, "ERASED"), ("p", 2, "UPDATED"), ("p", 3, "UPDATED"),
              ("p", 4, "DELETED"), ("p", 5, "RESTORED")]
    return writes, reads, stored, events


class JudgeTests(unittest.TestCase):
    def setUp(self):
        self.writes, self.reads, self.stored, self.events = story()

    def found(self):
        return " | ".join(Judge(self.writes, self.reads, self.stored, self.events).judge())

    def change(self, number, **values):
        self.writes = [replace(one, **values) if one.number == number else one for one in self.writes]

    def test_a_true_story(self):
        self.assertEqual(self.found(), "")

    def test_a_call_whose_outcome_is_not_known_may_have_been_done_or_not(self):
        self.change(3, outcome=UNKNOWN, revision=0, ended=float("inf"))
        self.writes.append(Write(8, "headline", "p", "never", begun=6, ended=float("inf")))
        self.assertEqual(self.found(), "")

    def test_a_deletion_of_what_is_deleted(self):
        self.writes.append(Write(8, "delete", "p", begun=6, ended=7, outcome=DONE, revision=4))
        self.assertEqual(self.found(), "")

    def test_a_revision_that_is_set_back_to_itself(self):
        self.writes.append(Write(8, "revert", "p", 3, begun=10, ended=11, outcome=DONE, revision=5))
        self.assertEqual(self.found(), "")
        self.writes[-1].value = 2
        self.assertIn("was answered to the calls [5, 8]", self.found())

    def test_a_lost_update(self):
        # The skill came between the reading and the writing of the count.
        stored = self.stored["p"]
        stored.states[2], stored.methods[2], stored.methods[3] = State("born", 0, ("a",)), "EditProfile", "UpdateProfile"
        self.change(2, revision=3)
        self.change(3, revision=2)
        self.assertIn("an update is lost", self.found())

    def test_a_write_that_is_not_stored(self):
        self.writes.append(Write(8, "headline", "p", "x", begun=10, ended=11, outcome=DONE, revision=6))
        self.assertIn("has no revision 6", self.found())

    def test_a_revision_that_two_writes_were_answered(self):
        self.writes.append(Write(8, "headline", "p", "x", begun=10, ended=11, outcome=DONE, revision=5))
        self.assertIn("was answered to the calls", self.found())

    def test_a_step_that_no_call_made(self):
        self.writes = [one for one in self.writes if one.number != 3]
        self.assertIn("is of no call", self.found())

    def test_a_write_that_was_done_twice(self):
        self.stored["p"].states[6] = State("born", 2, ("a",))
        self.stored["p"].methods[6] = "UpdateProfile"
        self.assertIn("revision 6 (UpdateProfile) is of no call", self.found())

    def test_a_write_that_made_something_else(self):
        self.stored["p"].states[3] = State("born", 1, ("b",))
        self.assertIn("revision 3 of call 3 (add) made", self.found())

    def test_a_missing_revision(self):
        del self.stored["p"].states[2]
        self.assertIn("has the revisions", self.found())

    def test_a_profile_that_is_gone_without_an_erasure(self):
        self.stored["p"] = None
        self.assertIn("is not there", self.found())

    def test_an_erased_profile_that_came_back(self):
        self.stored["q"] = Stored({1: BORN}, {1: "CreateProfile"})
        self.assertIn("is there after its erasure", self.found())

    def test_an_erased_profile_that_was_read(self):
        self.reads[3] = Read("q", 4, 5, 1, BORN)
        self.assertIn("after its erasure", self.found())

    def test_a_stale_read(self):
        self.reads[1] = Read("p", 5.5, 5.6, 2, self.stored["p"].states[2])
        self.assertIn("was read at revision 2 after 3 was answered", self.found())

    def test_a_read_of_what_never_was(self):
        self.reads[1] = Read("p", 5.5, 5.6, 3, State("dirty", 1, ("a",)))
        self.assertIn("was read as", self.found())

    def test_a_read_that_finds_nobody(self):
        self.reads[1] = Read("p", 5.5, 5.6)
        self.assertIn("was not found", self.found())

    def test_refusals_without_cause(self):
        for number, (kind, reason) in enumerate([("headline", "NOT_FOUND NOT_FOUND"), ("create", "ALREADY_EXISTS SLUG_TAKEN"),
                                                 ("headline", "INTERNAL INTERNAL x"), ("restore", "INVALID_ARGUMENT INVALID_FIELD x")], 8):
            profile = "p" if kind != "create" else "r"
            self.writes = story()[0] + [Write(number, kind, profile, begun=5, ended=6, outcome=REFUSED, reason=reason)]
            self.assertIn("without cause", self.found(), reason)
        self.writes = story()[0] + [Write(8, "headline", "p", "x", begun=6, ended=8, outcome=REFUSED, reason="FAILED_PRECONDITION DELETED"),
                                    Write(9, "headline", "q", "x", begun=4, ended=5, outcome=REFUSED, reason="NOT_FOUND NOT_FOUND")]
        self.assertEqual(self.found(), "")

    def test_half_a_batch(self):
        other = Stored({1: BORN}, {1: "CreateProfile"})
        self.stored["r"] = other
        value = State("both", 2, ("a",))
        self.writes += [Write(8, "create", "r", BORN, begun=0, ended=1, outcome=DONE, revision=1)] + [
            Write(9, "upsert", profile, value, if_revision=revision, is_atomic=True, begun=10, ended=float("inf"))
            for profile, revision in (("p", 5), ("r", 1))]
        self.events.append(("r", 1, "CREATED"))
        self.assertEqual(self.found(), "")
        self.stored["p"].states[6], self.stored["p"].methods[6] = value, "BatchUpsertProfiles"
        self.events.append(("p", 6, "UPDATED"))
        self.assertIn("half of a batch", self.found())
        other.states[2], other.methods[2] = value, "BatchUpsertProfiles"
        self.events.append(("r", 2, "UPDATED"))
        self.assertEqual(self.found(), "")

    def test_a_batch_that_was_answered_in_parts(self):
        self.writes += [Write(8, "delete", "p", is_atomic=True, begun=6, ended=7, outcome=DONE, revision=4),
                        Write(8, "delete", "q", is_atomic=True, begun=6, ended=7, outcome=REFUSED, reason="NOT_FOUND NOT_FOUND")]
        self.assertIn("a part of a batch", self.found())

    def test_a_feed_that_leaves_out_mixes_up_or_keeps(self):
        for change, text in [
            (lambda events: events.remove(("p", 3, "UPDATED")), "the feed told"),
            (lambda events: events.insert(0, events.pop()), "the feed told"),
            (lambda events: events.remove(("q", 1, "ERASED")), "is gone, and the feed ends with"),
            (lambda events: events.append(("p", 6, "UPDATED")), "the feed told"),
        ]:
            self.events = story()[3]
            change(self.events)
            self.assertIn(text, self.found())


if __name__ == "__main__":
    unittest.main()
