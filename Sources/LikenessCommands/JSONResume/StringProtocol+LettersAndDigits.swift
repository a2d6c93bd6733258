extension StringProtocol {
    /// For comparisons: without case, blanks and signs.
    var lettersAndDigits: String { self.lowercased().filter { $0.isLetter || $0.isNumber } }
}
