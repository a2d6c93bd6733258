internal import ArgumentParser

/// Which page of a list is shown.
struct PageOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Rows on a page, 1 to 1000.")
    var limit: Int32 = 50

    @Option(help: "Go on after the page that named this token.", transform: GivenText.read)
    var pageToken = ""

    func validate() throws {
        guard (1...1_000).contains(self.limit) else {
            throw ValidationError("--limit must be between 1 and 1000, not \(self.limit)")
        }
    }
}
