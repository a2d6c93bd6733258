/// A text in the pieces that a model can read, in their order.
package struct TextParts: Sendable, Hashable {
    /// At least one; none equals another for the model.
    package let texts: [String]
    /// Whether text follows that none of them holds.
    package let isCut: Bool

    package init(texts: [String], isCut: Bool) {
        precondition(!texts.isEmpty, "a text has at least one part, if an empty one")
        (self.texts, self.isCut) = (texts, isCut)
    }
}
