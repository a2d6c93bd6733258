/// A text in the pieces that a model can read, in their order.
package struct TextParts: Sendable, Hashable {
    /// At least one; none equals another for the model.
    package let texts: [String]
    /// Whether text follows that none of them holds.
    package let isCut: Bool
    /// The model knows most of what the text is made of, or half of it where that has letters of its own script. Of others it makes vectors that are near each other whatever they say:
    /// every character of a script that it has not learnt is the same to it.
    package let isReadable: Bool

    package init(texts: [String], isCut: Bool, isReadable: Bool = true) {
        precondition(!texts.isEmpty, "a text has at least one part, if an empty one")
        (self.texts, self.isCut, self.isReadable) = (texts, isCut, isReadable)
    }
}
