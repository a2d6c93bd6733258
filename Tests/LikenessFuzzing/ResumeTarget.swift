internal import Foundation
internal import LikenessCommands
internal import LikenessMessages

extension FuzzTarget {
    /// A file for `likeness profile import`: cut into documents, each read or refused.
    ///
    /// What is read can be stored as far as the contract's rules say, and reads the same the second time.
    static let resumes = FuzzTarget(name: "resumes") { bytes in
        let data = Data(bytes)
        var line = 1
        for item in JSONResumeFile(data) {
            precondition(item.line >= line, "documents out of order")
            line = item.line
            guard case .success(let resume) = item.resume else { continue }
            precondition(!resume.profile.displayName.isEmpty, "a person without a name")
            precondition(resume.profile.violations().isEmpty, "breaks a rule: \(resume.profile.violations())")
            precondition((try? resume.profile.encodedBytes()) != nil, "cannot be sent")
            precondition(resume.identity.map { !$0.text.isEmpty } ?? true, "an identity that is none")
            precondition(
                resume.profile.slug.isEmpty || [.slug, .externalID].contains(resume.identity?.kind),
                "a slug that identifies no one"
            )
        }
        func profiles() -> [Profile?] { JSONResumeFile(data).map { try? $0.profile.get() } }
        precondition(profiles() == profiles(), "the same file reads otherwise")
    }
}
