#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How well a profile covers the words of a query: the share of their weights that it holds.
///
/// A word that few profiles hold says more than one that many hold:
///
///     weight(word) = ln(1 + (profiles − holding + ½) / (holding + ½))
///
/// A word that no profile has still counts in the whole, so a score near 1 means that nearly all that was asked is there.
package enum WordsScore {
    /// - Parameters:
    ///   - profiles: Live profiles.
    ///   - holding: Those that hold the word in any section.
    /// - Returns: The weight in millionths.
    package static func weight(profiles: Double, holding: Double) -> Int64 {
        Int64((1e6 * log(1 + (max(profiles, holding) - holding + 0.5) / (holding + 0.5))).rounded())
    }
}
