import LikenessLoad
import Testing

@Suite struct ArgumentsTests {
    @Test(arguments: [
        (["--limit", "-1"], ["--limit=-1"]),
        (["run", "--rate", "-.5", "--quiet"], ["run", "--rate=-.5", "--quiet"]),
        (["--limit=-1"], ["--limit=-1"]),
        (["--output", "-", "-h"], ["--output", "-", "-h"]),
        (["--limit", "5", "-1"], ["--limit", "5", "-1"]),
        (["compare", "--", "--a", "-1"], ["compare", "--", "--a", "-1"]),
        (["-1"], ["-1"]),
        ([], []),
    ]) func `a number below zero is the value of the option before it`(typed: [String], parsed: [String]) {
        #expect(Arguments.joined(typed) == parsed)
    }
}
