/// Vectors as they are sent: of length 1, so that neither their squares nor their halves can overflow.
enum UnitVector {
    /// - Returns: `values` as they are when their length is 1 ± 0.001, otherwise divided by it.
    /// - Throws: `.dimensionMismatch`; `.invalidField` for NaN, an infinity, or a vector without length, which has no
    ///   cosine.
    static func values(_ values: [Float], dimension: Int, path: String) throws(RepositoryError) -> [Float] {
        guard values.count == dimension else {
            throw .dimensionMismatch(expected: dimension, actual: values.count)
        }
        let squares = self.squares(of: values)
        guard squares.isFinite else {
            // A Double holds the square of any finite Float.
            let index = values.firstIndex { !$0.isFinite } ?? 0
            throw .invalidField(path: "\(path)[\(index)]", reason: "is not finite")
        }
        guard squares > 0 else { throw .invalidField(path: path, reason: "is all zero") }
        if abs(squares - 1) < 0.002 { return values }
        let length = squares.squareRoot()
        return values.map { Float(Double($0) / length) }
    }

    /// Eight sums at a time: one would wait for its last addition before each.
    private static func squares(of values: [Float]) -> Double {
        var sums = SIMD8<Double>()
        var index = 0
        while index + 8 <= values.count {
            var eight = SIMD8<Double>()
            for lane in 0..<8 { eight[lane] = Double(values[index + lane]) }
            sums += eight * eight
            index += 8
        }
        var sum = sums.sum()
        for value in values[index...] { sum += Double(value) * Double(value) }
        return sum
    }
}
