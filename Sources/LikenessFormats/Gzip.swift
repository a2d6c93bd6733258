package import Foundation

/// Unpacks what `gzip` packs.
package enum Gzip {
    /// Texts are packed to a tenth, and tables of them to a thirtieth; what unpacks to so much more was made to fill a memory.
    private static let ratioMax = 100
    /// Unpacked whatever its ratio.
    private static let smallBytes = 64 << 20

    /// - Parameters:
    ///   - data: One or several members, as `cat a.gz b.gz` makes them.
    ///   - bytesMax: Most that it may hold; it is no longer unpacked when that is passed.
    package static func unpacked(_ data: Data, bytesMax: Int) throws(FormatError) -> Data {
        let ratioBytes = max(Self.smallBytes, data.count * Self.ratioMax)
        var unpacked = Data()
        var end = 0
        let isWhole = try Inflation.unpack(Array(data)[...], .gzip, end: &end) { (piece) throws(FormatError) in
            unpacked.append(contentsOf: piece)
            guard unpacked.count <= bytesMax else {
                throw FormatError("cannot be unpacked: holds over \(bytesMax >> 20) MiB")
            }
            guard unpacked.count <= ratioBytes else {
                throw FormatError(
                    "cannot be unpacked: holds over \(ratioBytes >> 20) MiB, \(Self.ratioMax) times its size: "
                        + "gunzip it first if it is what it says"
                )
            }
        }
        guard isWhole else {
            throw FormatError(
                end == data.count
                    ? "cannot be unpacked: is cut off: copy or download it again"
                    : "cannot be unpacked: what it holds from byte \(end + 1) on is not gzip: is it damaged?"
            )
        }
        return unpacked
    }
}
