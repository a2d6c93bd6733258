/// One thread's means of running the model.
///
/// Sendable so that it can be handed to its thread; `infer` is called by one thread at a time.
protocol InferenceSession: AnyObject, Sendable {
    /// Computes one vector for each token sequence. May take as long as it needs, and block.
    ///
    /// - Parameter sequences: At least one; each at least two tokens.
    /// - Returns: As many vectors, in the same order, L2 norm 1.
    func infer(_ sequences: [[Int32]]) throws(EmbeddingError) -> [[Float]]
}
