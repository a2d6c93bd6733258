internal import CZlib

/// Unpacks the streams of zlib, in pieces, so that it can end before a memory is full.
enum Inflation {
    enum Wrapping: Int32 {
        /// 16 asks for gzip's header, 15 for its largest window.
        case gzip = 31
        /// Without a header, as in ZIP.
        case none = -15
    }

    private static let pieceBytes = 1 << 18

    /// - Parameters:
    ///   - input: One stream, or with `.gzip` several, as `cat a.gz b.gz` makes them.
    ///   - end: Gets the place in the input where the last stream ends.
    ///   - received: Gets each piece. It throws to end the work.
    /// - Returns: Whether the input is whole. What follows a stream without a header is left.
    static func unpack<Failure: Error>(
        _ input: ArraySlice<UInt8>,
        _ wrapping: Wrapping,
        end: inout Int,
        _ received: (ArraySlice<UInt8>) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        // On the heap: zlib's state points back to where it was made.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        defer {
            unsafe stream.deinitialize(count: 1)
            unsafe stream.deallocate()
        }
        guard unsafe likeness_inflate_init(stream, wrapping.rawValue) == Z_OK else { return false }
        defer { unsafe inflateEnd(stream) }
        let start = input.startIndex
        var input = Array(input)
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        var offset = 0
        var status = Z_OK
        while status == Z_OK || status == Z_BUF_ERROR || (status == Z_STREAM_END && offset < input.count) {
            if status == Z_STREAM_END {
                // Tapes and some downloads are filled up with zeros.
                guard wrapping == .gzip, input[offset] != 0 || input[offset...].contains(where: { $0 != 0 }) else {
                    break
                }
                // What is no member is not begun: so the end is where it is.
                guard input[offset] == 0x1F else { return false }
                status = unsafe inflateReset(stream)
            }
            let (taken, made) = unsafe input.withUnsafeMutableBytes { source in
                unsafe piece.withUnsafeMutableBytes { target in
                    let available = min(source.count - offset, 1 << 20)
                    // SAFETY: zlib reads and writes within what it is lent for this call.
                    unsafe stream.pointee.next_in = source.baseAddress?.advanced(by: offset).assumingMemoryBound(
                        to: UInt8.self
                    )
                    unsafe stream.pointee.avail_in = UInt32(available)
                    unsafe stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_out = UInt32(target.count)
                    status = unsafe inflate(stream, Z_NO_FLUSH)
                    return unsafe (
                        available - Int(stream.pointee.avail_in), target.count - Int(stream.pointee.avail_out)
                    )
                }
            }
            offset += taken
            end = start + offset
            if made > 0 { try received(piece[..<made]) }
            if status != Z_STREAM_END, taken == 0, made == 0 { return false }
        }
        return status == Z_STREAM_END
    }

    /// As ZIP and gzip count it.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        UInt32(
            truncatingIfNeeded: unsafe bytes.withUnsafeBytes { buffer in
                unsafe crc32_z(0, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count)
            }
        )
    }
}
