/// How a sentence transformer makes one vector of many: the mean over the tokens, scaled to length 1.
enum MeanPooling {
    /// Pools the hidden states of one text, without its padding.
    ///
    /// - Parameter states: Shape `[tokens, dimension]`, row by row; at least one token.
    /// - Returns: `dimension` components, L2 norm 1; `nil` when the mean is zero or not finite.
    static func pool(_ states: Span<Float>, dimension: Int) -> [Float]? {
        var vector = [Float](repeating: 0, count: dimension)
        var sum = vector.mutableSpan
        for token in 0..<states.count / dimension {
            let first = token * dimension
            for component in 0..<dimension { sum[component] += states[first + component] }
        }
        var squares: Float = 0
        for component in 0..<dimension { squares += sum[component] * sum[component] }
        // The mean's divisor is the same for every component, so that scaling to length 1 makes up for leaving it out.
        guard squares > 0, squares.isFinite else { return nil }
        let scale = 1 / squares.squareRoot()
        for component in 0..<dimension { sum[component] *= scale }
        return vector
    }
}
