/// What sections are called in answers.
enum SectionTitle {
    static let summary = "Summary"
    static let skills = "Skills"

    static func experience(_ title: String, organization: String) -> String {
        [title, organization].filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
