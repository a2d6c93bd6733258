/// A text that was searched for, and the profiles that were judged for it.
package struct JudgedQuery: Sendable, Hashable {
    package let id: String
    package let text: String
    /// What sort of text it is, such as "meaning" or "name"; empty where nothing is said. Queries of a kind are summed up together.
    package let kind: String
    /// By the slug or the id of a profile. Above 0 is relevant; who is not named is not.
    package var grades: [String: Int]

    package init(id: String, text: String, kind: String, grades: [String: Int]) {
        self.id = id
        self.text = text
        self.kind = kind
        self.grades = grades
    }

    /// 2^grade is what a place is worth.
    static let gradeMax = 10
}
