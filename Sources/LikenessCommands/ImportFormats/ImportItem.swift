package import LikenessReflection

/// One person of a file, read or refused.
package struct ImportItem: Sendable {
    /// Where the person's document, row or table starts.
    package let place: JSONPlace
    package let resume: Result<ReadResume, ImportRefusal>
    /// What of the file belongs to no person, or to all; with the first.
    package var strays: [ResumeWarning] = []
}

/// Why a document or a row gives no profile: a sentence without the file and the line.
package struct ImportRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
