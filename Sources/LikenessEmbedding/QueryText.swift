/// How much of a search text is embedded that is longer than a model reads.
package enum QueryText {
    /// The most parts that are read: about 2,500 tokens of the default model, a text of some 10,000 letters. Each takes as long as
    /// a search of its own.
    package static let partsMax = 12
}
