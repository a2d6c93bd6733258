import FoundationEssentials
import Testing

@testable import LikenessRepository

/// How far rows are read by ascending id.
@Suite struct IDPositionTests {
    private static let greatest = "ffffffff-ffff-ffff-ffff-ffffffffffff"

    @Test(arguments: [
        ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001"),
        ("00000000-0000-0000-0000-0000000000ff", "00000000-0000-0000-0000-000000000100"),
        ("0fffffff-ffff-ffff-ffff-ffffffffffff", "10000000-0000-0000-0000-000000000000"),
    ]) func `the next id follows`(id: String, next: String) throws {
        let position = IDPosition.after(try UUID(text: id, path: ""))
        #expect(position.least?.text == next)
        #expect(IDPosition(text: position.text) == position)
    }

    @Test func `the first is the zero UUID, and none is behind the last`() throws {
        #expect(IDPosition.start.least == .zero)
        #expect(IDPosition.after(try UUID(text: Self.greatest, path: "")).least == nil)
        #expect(IDPosition(text: IDPosition.start.text) == .start)
        // As earlier releases wrote the beginning.
        #expect(IDPosition(text: "00000000-0000-0000-0000-000000000000") == .start)
        #expect(IDPosition(text: "") == nil && IDPosition(text: "0") == nil)
    }
}
