internal import LikenessReflection

/// What kind of file a document comes from, as far as its reading depends on that.
package struct DocumentOrigin: Sendable {
    /// Of a profile's attributes: what an import of such files keeps there.
    let attributesMember: String
    /// Names, folded as `ResumeScope` does, that have no field and are kept without a word.
    var silent: Set<String> = []
    /// Kept in attributes beside what is left of the document.
    var kept: [JSONNode.Member] = []

    static let jsonResumeMember = "json_resume"
    static let csvMember = "csv"
    static let linkedInMember = "linkedin"
    static let europassMember = "europass"
    /// Of all kinds of files.
    static let members = [Self.jsonResumeMember, Self.csvMember, Self.linkedInMember, Self.europassMember]

    package static let jsonResume = DocumentOrigin(attributesMember: Self.jsonResumeMember)
}

/// A part of a profile that a file may have no place for.
package enum ProfilePart: Sendable, Hashable {
    case headline, summary, location, experiences, skills, languages
}
