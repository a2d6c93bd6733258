/// Notices that some of a few files have changed, once they have stopped changing.
///
/// A certificate and its key are two files, so there is a moment when one is new and the other old: files are ready only
/// when two looks in a row find them the same.
package struct FileWatch: Sendable {
    private let paths: [String]
    private var taken: [FileVersion?]
    private var seen: [FileVersion?]

    /// What the files hold now counts as taken up.
    package init(_ paths: [String]) {
        self.paths = paths
        self.taken = paths.map(FileVersion.init)
        self.seen = self.taken
    }

    /// Whether the files are other than when last taken up, ready or not.
    package var isChanged: Bool { self.paths.map(FileVersion.init) != self.taken }

    /// Whether the files are ready to be taken up: other than when last taken, and as at the last look.
    package mutating func look() -> Bool {
        let now = self.paths.map(FileVersion.init)
        defer { self.seen = now }
        return now != self.taken && now == self.seen
    }

    /// To be called before the files are read, so that what changes meanwhile is found by the next looks.
    package mutating func take() {
        self.taken = self.paths.map(FileVersion.init)
        self.seen = self.taken
    }
}
