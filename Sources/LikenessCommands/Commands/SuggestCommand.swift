internal import ArgumentParser
internal import LikenessClient
internal import LikenessMessages

enum SuggestionKindArgument: String, ExpressibleByArgument, CaseIterable {
    case name, title, organization, skill, location

    var kind: SuggestionKind {
        switch self {
        case .name: .name
        case .title: .title
        case .organization: .organization
        case .skill: .skill
        case .location: .location
        }
    }
}

struct SuggestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suggest",
        abstract: "Complete what somebody types to names, titles, organizations, skills and locations.",
        discussion: """
            EXAMPLES
              likeness suggest nigh
              likeness suggest phy --kind skill --output json | jq -r '.suggestions[].text'
              likeness suggest eng --mask recruiter

            Case and accents do not matter. From three characters on later words count too ("nigh" finds Florence \
            Nightingale), from \
            four on similar spellings follow when little else fits.
            """
    )

    @Argument(help: ArgumentHelp("The beginning of a text, 1 to 100 characters.", valueName: "prefix"))
    var words: [String]

    /// All words as one text, quoted by the shell or not.
    var prefix: String { self.words.joined(separator: " ") }

    @Option(help: "What to complete to: name, title, organization, skill or location; may be given several times.")
    var kind: [SuggestionKindArgument] = []

    @Option(parsing: .unconditional, help: "Suggestions wanted, 1 to 50.")
    var limit: Int32 = 10

    @Option(
        help: "Look through this mask: only texts that it shows complete what was typed.",
        transform: GivenText.read
    )
    var mask = ""

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...50).contains(self.limit) else {
            throw ValidationError("--limit must be between 1 and 50, not \(self.limit)")
        }
        guard self.prefix.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("the text to complete is empty")
        }
    }

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = SuggestRequest(
                prefix: self.prefix,
                kinds: self.kind.map(\.kind),
                limit: self.limit,
                mask: self.mask
            )
            let response = try await client.search.suggest(request, options: options)
            try self.outputOptions.write(response) { SuggestOutput(response: response).table($0) }
        }
    }
}
