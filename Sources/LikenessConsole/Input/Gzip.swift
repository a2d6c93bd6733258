internal import CZlib
internal import Foundation

/// Unpacks what `gzip` packs.
enum Gzip {
    /// Texts are packed to a tenth, and tables of them to a thirtieth; what unpacks to so much more was made to fill a memory.
    private static let ratioMax = 100
    /// Unpacked whatever its ratio.
    private static let smallBytes = 64 << 20

    /// - Parameters:
    ///   - data: One or several members, as `cat a.gz b.gz` makes them.
    ///   - bytesMax: Most that it may hold; it is no longer unpacked when that is passed.
    static func unpacked(_ data: Data, bytesMax: Int) throws(InputFile.Failure) -> Data {
        var stream = z_stream()
        // 16 asks for gzip's header, 15 for its largest window.
        guard likeness_inflate_init(&stream, 16 + 15) == Z_OK else { throw Self.failure("no memory") }
        defer { inflateEnd(&stream) }
        let ratioBytes = max(Self.smallBytes, data.count * Self.ratioMax)
        func check(_ count: Int) throws(InputFile.Failure) {
            guard count <= bytesMax else { throw Self.failure("holds over 4 GiB") }
            guard count <= ratioBytes else {
                throw Self.failure(
                    "holds over \(ratioBytes >> 20) MiB, \(Self.ratioMax) times its size: gunzip it first if it is what it says"
                )
            }
        }
        var input = Array(data)
        var unpacked = Data()
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var offset = 0
        var status = Z_OK
        while offset < input.count {
            if status == Z_STREAM_END { status = inflateReset(&stream) }
            let (taken, made) = input.withUnsafeMutableBytes { source in
                chunk.withUnsafeMutableBytes { target in
                    let available = min(source.count - offset, 1 << 20)
                    stream.next_in = source.baseAddress?.advanced(by: offset).assumingMemoryBound(to: UInt8.self)
                    stream.avail_in = UInt32(available)
                    stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    stream.avail_out = UInt32(target.count)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return (available - Int(stream.avail_in), target.count - Int(stream.avail_out))
                }
            }
            offset += taken
            unpacked.append(contentsOf: chunk[..<made])
            guard status == Z_OK || status == Z_STREAM_END || (status == Z_BUF_ERROR && (taken > 0 || made > 0)) else {
                throw Self.failure("is not valid gzip, or cut off")
            }
            try check(unpacked.count)
        }
        // What inflate still holds back when all input is taken.
        while status == Z_OK {
            let made = chunk.withUnsafeMutableBytes { target in
                stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = UInt32(target.count)
                stream.avail_in = 0
                status = inflate(&stream, Z_NO_FLUSH)
                return target.count - Int(stream.avail_out)
            }
            unpacked.append(contentsOf: chunk[..<made])
            guard made > 0 || status == Z_STREAM_END else { break }
            try check(unpacked.count)
        }
        guard status == Z_STREAM_END else { throw Self.failure("is not valid gzip, or cut off") }
        return unpacked
    }

    private static func failure(_ problem: String) -> InputFile.Failure {
        InputFile.Failure(description: "cannot be unpacked: \(problem)")
    }
}
