import LikenessConsole
import Testing

@testable import LikenessCommands

@Suite struct ResumedStreamTests {
    @Test func `what a watch goes on with is said once something was shown, and in a line`() {
        let stream = ResumedStream(after: "from")
        #expect(stream.wayOn() == nil && stream.wayOn(file: "feed.token") == nil)
        stream.shown("0123")
        #expect(stream.wayOn()?.text == "it goes on with --from 0123")
        #expect(stream.wayOn(file: "feed.token")?.text == "it goes on with --state feed.token")
        stream.shown(String(repeating: "0", count: 4_000))
        #expect(stream.wayOn()?.text.contains("--state FILE") == true && (stream.wayOn()?.text.count ?? 0) < 120)
    }
}
