import LikenessMessages
import LikenessServer
import Testing

@Suite struct PunctualityTests {
    @Test func `one late answer is no outage, two in a row are`() {
        var punctuality = Punctuality()
        punctuality.answered()
        #expect(punctuality.failed(isLate: true) == .degraded)
        #expect(punctuality.failed(isLate: true) == .notServing)
        #expect(punctuality.failed(isLate: true) == .notServing)
        punctuality.answered()
        #expect(punctuality.failed(isLate: true) == .degraded)
    }

    @Test func `a database that has not answered yet is not excused`() {
        var punctuality = Punctuality()
        #expect(punctuality.failed(isLate: true) == .notServing)
    }

    @Test func `a refusal is an outage at once, and the next late answer is its second`() {
        var punctuality = Punctuality()
        punctuality.answered()
        #expect(punctuality.failed(isLate: false) == .notServing)
        #expect(punctuality.failed(isLate: true) == .notServing)
    }
}
