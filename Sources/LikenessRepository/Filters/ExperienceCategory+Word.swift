internal import LikenessMessages

extension ExperienceCategory {
    /// Those that have a meaning, in the order of their numbers from 1 on.
    static let named: [ExperienceCategory] = [
        .work, .volunteer, .education, .project, .award, .publication, .certificate,
    ]

    /// As filters and facets write it: WORK.
    var word: String { "\(self)".uppercased() }
}
