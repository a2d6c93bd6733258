import ArgumentParser
import LikenessConsole
import LikenessMessages
import Testing

@testable import LikenessCommands

@Suite struct SuggestOutputTests {
    private let output = SuggestOutput(
        response: SuggestResponse(
            suggestions: [
                .init(
                    kind: .name,
                    text: "Irène Joliot-Curie",
                    profileCount: 1,
                    profileId: "id",
                    match: .word,
                    span: .init(start: 14, length: 4)
                ),
                .init(kind: .skill, text: "Curing", profileCount: 12, match: .start, span: .init(start: 0, length: 4)),
                .init(kind: .location, text: "Cruise", profileCount: 3, match: .similar),
            ],
            completeness: .init(level: .truncated, reason: "more texts match than were looked at; type more")
        )
    )

    @Test func `a table without a terminal is plain`() {
        #expect(
            self.output.table(.plain).text == """
                TEXT                KIND      PROFILES  MATCH
                Irène Joliot-Curie  name             1  word
                Curing              skill           12  start
                Cruise              location         3  similar
                truncated: more texts match than were looked at; type more

                """
        )
        #expect(SuggestOutput(response: SuggestResponse()).table(.plain).text == "Nothing begins with that.\n")
    }

    @Test func `what matched stands out on a terminal, and columns stay aligned`() {
        let lines = self.output.table(TerminalStyle(isStyled: true)).text.split(separator: "\n")
        #expect(lines[1] == "Irène Joliot-\u{1B}[1mCuri\u{1B}[0me  name             1  word")
        #expect(lines[2] == "\u{1B}[1mCuri\u{1B}[0mng              skill           12  start")
        #expect(lines[3] == "Cruise              location         3  similar")
    }

    @Test func `what was cut off or cannot be shown does not stand out`() {
        var table = Table([.init(title: "TEXT", widthMax: 8)])
        table.add(["a long text"], emphasis: .init(column: 0, start: 7, length: 4))
        table.add(["a\u{7}text"], emphasis: .init(column: 0, start: 2, length: 4))
        table.add(["a text"], emphasis: .init(column: 0, start: 2, length: 9))
        table.add(["a long text"], emphasis: .init(column: 0, start: 2, length: 4))
        let lines = table.rendered(style: TerminalStyle(isStyled: true)).text.split(separator: "\n")
        #expect(lines.dropFirst() == ["a long …", "a\\u0007…", "a text", "a \u{1B}[1mlong\u{1B}[0m …"])
    }

    @Test func `kinds, limits and prefixes are read, and nonsense refused`() throws {
        let arguments = ["suggest", "phy", "--kind", "skill", "--kind", "title", "--limit", "5"]
        let command = try #require(try LikenessCommand.parseAsRoot(arguments) as? SuggestCommand)
        #expect(command.prefix == "phy" && command.kind.map(\.kind) == [.skill, .title] && command.limit == 5)
        for refused in [
            ["suggest"], ["suggest", " "], ["suggest", "a", "--kind", "tag"], ["suggest", "a", "--limit", "0"],
            ["suggest", "a", "--limit", "51"],
        ] {
            #expect(throws: (any Error).self) { try LikenessCommand.parseAsRoot(refused) }
        }
    }
}
